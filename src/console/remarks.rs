//! What a careful person wants to know of a connection besides how it stands: what is unsafe, what is denied, who is asked for,
//! and that the clocks differ. In a few words each, the alarming ones first.

use fleetui_fleet::{Permitted, Session};
use jiff::SignedDuration;

use crate::age::span;

/// One remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The words; they may come from a server or a file.
    pub text: String,
    /// Whether it should not be so.
    pub is_alarming: bool,
}

/// All that is to be said of a session.
pub fn remarks(session: &Session) -> Vec<Remark> {
    let alarm = |text: String| Remark {
        text,
        is_alarming: true,
    };
    let remark = |text: String| Remark {
        text,
        is_alarming: false,
    };
    let mut remarks: Vec<_> = session
        .warnings
        .iter()
        .map(|warning| alarm(warning.to_string()))
        .collect();
    remarks.extend(session.skew.map(|skew| alarm(clock(skew))));
    let acting_as = session.login.as_ref().and_then(|login| login.acting_as.as_ref());
    remarks.extend(acting_as.map(|user| remark(format!("as {user}"))));
    remarks.extend(count(session.denied.len(), "kind").map(|kinds| remark(format!("{kinds} denied"))));
    let elsewhere = count(session.denied_in.len(), "kind").filter(|_| session.denied.is_empty());
    remarks.extend(elsewhere.map(|_| remark("denied in some namespaces".to_owned())));
    remarks
        .extend(count(session.namespaces.len(), "namespace").map(|number| remark(format!("only {number}"))));
    if session.read_only {
        remarks.push(remark("read-only".to_owned()));
    } else if session.permitted == Permitted::Nothing {
        remarks.push(remark("writes denied".to_owned()));
    }
    remarks
}

/// `its clock is 5m ahead`.
pub fn clock(skew: SignedDuration) -> String {
    let by = span(skew.abs().as_secs());
    let way = if skew.is_negative() { "behind" } else { "ahead" };
    format!("its clock is {by} {way}")
}

/// `clock+5m`, for the header.
pub fn clock_short(skew: SignedDuration) -> String {
    let sign = if skew.is_negative() { '-' } else { '+' };
    format!("clock{sign}{}", span(skew.abs().as_secs()))
}

fn count(number: usize, what: &str) -> Option<String> {
    match number {
        0 => None,
        1 => Some(format!("1 {what}")),
        more => Some(format!("{more} {what}s")),
    }
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster};
    use fleetui_fleet::Login;

    use super::*;

    #[test]
    fn what_alarms_is_said_first() {
        let mut session = Session::idle(ManagementCluster::new("lab"), "", true);
        assert_eq!(remarks(&session).len(), 1, "read-only");
        session.warnings = vec!["the connection is not encrypted (http://)".into()];
        session.skew = Some(SignedDuration::from_mins(-5));
        session.denied = vec![GroupKind::new("a", "B"), GroupKind::new("a", "C")];
        session.namespaces = vec!["team-a".into()];
        session.login = Some(Login {
            way: "token".into(),
            by_plugin: false,
            acting_as: Some("jane".into()),
        });
        let said: Vec<_> = remarks(&session)
            .into_iter()
            .map(|remark| (remark.text, remark.is_alarming))
            .collect();
        let expected = [
            ("the connection is not encrypted (http://)", true),
            ("its clock is 5m behind", true),
            ("as jane", false),
            ("2 kinds denied", false),
            ("only 1 namespace", false),
            ("read-only", false),
        ];
        assert_eq!(said, expected.map(|(text, alarming)| (text.to_owned(), alarming)));
        let mut viewer = Session::idle(ManagementCluster::new("lab"), "", false);
        assert!(remarks(&viewer).is_empty());
        viewer.permitted = Permitted::Nothing;
        assert_eq!(remarks(&viewer)[0].text, "writes denied");
    }
}
