//! `deletecollection`: every object that a list with the same selectors would hold.

use axum::response::Response;
use futures::{StreamExt, TryStreamExt, stream};

use crate::answer;
use crate::call::Call;
use crate::handlers::{delete, list};
use crate::status::ApiError;

/// How many deletions are under way at once: they share a sync of the store.
const AT_ONCE: usize = 32;

/// Deletes the objects that a list with the same parameters would tell, a limit included, and answers with them as they
/// were.
pub(crate) async fn delete_collection(call: &Call, bytes: &[u8]) -> Result<Response, ApiError> {
    call.accept.form()?;
    let deletion = delete::options(call, bytes)?;
    let (mut meta, objects) = list::page(call).await?;
    stream::iter(objects.clone())
        .map(|stored| {
            let (place, deletion) = (call.place.clone(), deletion.clone());
            async move {
                match delete::remove(&place, &stored.key, &deletion).await {
                    Err(error) if error.reason() == "NotFound" => Ok(()),
                    other => other.map(|_| ()),
                }
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await?;
    meta.revision = call.place.shared.store.revision();
    answer::list(call, &meta, &objects)
}
