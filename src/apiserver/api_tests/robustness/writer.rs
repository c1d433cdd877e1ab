//! Who writes, and what it was answered.

use super::*;

/// What a writer was answered.
#[derive(Default)]
pub(super) struct Answers {
    /// Objects as they were stored.
    pub(super) objects: Vec<Value>,
    /// Namespaces and names of those that it deleted, in order.
    pub(super) deleted: Vec<(String, String)>,
}

/// Writes objects of ten names in two namespaces; what fails because another was first does not matter.
pub(super) async fn write(router: Router, seed: u64, deletes: bool) -> Answers {
    let mut random = StdRng::seed_from_u64(seed);
    let mut answers = Answers::default();
    for write in 0..WRITES {
        for _ in 0..random.random_range(0..3) {
            tokio::task::yield_now().await;
        }
        let namespace = if random.random_bool(0.5) {
            "default"
        } else {
            "team"
        };
        let name = format!("m{}", random.random_range(0..10));
        let collection = format!("/api/v1/namespaces/{namespace}/configmaps");
        let path = format!("{collection}/{name}");
        let tier = ["web", "db"][random.random_range(0..2)];
        let (code, answer) = match random.random_range(0..10) {
            0..3 if deletes => {
                let (code, _) = raw(&router, "DELETE", &path, ("", "")).await;
                if code.is_success() {
                    answers.deleted.push((namespace.to_owned(), name));
                }
                continue;
            }
            0..5 => {
                let body = json!({"metadata": {"name": name, "labels": {"tier": tier}}, "data": {"by": seed.to_string()}});
                post(&router, &collection, &body).await
            }
            5..8 => merge(&router, &path, &json!({"metadata": {"labels": {"tier": tier}}})).await,
            _ => {
                merge(
                    &router,
                    &path,
                    &json!({"data": {"write": format!("{seed}-{write}")}}),
                )
                .await
            }
        };
        if code.is_success() {
            answers.objects.push(answer);
        } else {
            assert!(matches!(code.as_u16(), 404 | 409), "{answer}");
        }
    }
    answers
}
