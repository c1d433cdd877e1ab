//! What the command line says over the kubeconfig, with kubectl's names: in whose name is asked, which cluster and user are
//! meant, how long a request may take.

use std::time::Duration;

use clap::Args;
use clap_complete::ArgValueCandidates;
use fleetui_client::ClientSettings;
use fleetui_connect::{ConnectSettings, Overrides};
use jiff::SignedDuration;

use super::status::WrongUsage;
use super::values;

/// What is said over the kubeconfig.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct OverArgs {
    /// Ask everything in the name of this user
    #[arg(long = "as", value_name = "USER", global = true)]
    acting_as: Option<String>,
    /// A group of the user of --as; may be given several times
    #[arg(long = "as-group", value_name = "GROUP", global = true)]
    groups: Vec<String>,
    /// A cluster of the kubeconfig in the place of the context's own
    #[arg(long, value_name = "NAME", global = true, add = ArgValueCandidates::new(values::clusters))]
    cluster: Option<String>,
    /// A user of the kubeconfig in the place of the context's own
    #[arg(long, value_name = "NAME", global = true, add = ArgValueCandidates::new(values::users))]
    user: Option<String>,
    /// How long a single request may take: 30s, 2m, or a number of seconds; 0 for the usual limits
    #[arg(long, value_name = "DURATION", global = true, value_parser = parse_timeout)]
    request_timeout: Option<Duration>,
}

/// The longest that one request of a command takes where nothing else is said.
const REQUEST: Duration = Duration::from_secs(10);

impl OverArgs {
    /// What is wrong with them together, where something is.
    pub(crate) fn mistake(&self) -> Option<&'static str> {
        (self.acting_as.is_none() && !self.groups.is_empty())
            .then_some("--as-group needs --as: the groups are those of a user")
    }

    /// Refuses what speaks of a kubeconfig, where there is none to speak of.
    pub(crate) fn refuse_without_kubeconfig(&self) -> color_eyre::Result<()> {
        let given = [
            (self.acting_as.is_some(), "--as"),
            (self.cluster.is_some(), "--cluster"),
            (self.user.is_some(), "--user"),
        ];
        match given.into_iter().find(|(given, _)| *given) {
            Some((_, flag)) => {
                let what = format!("{flag} is of a kubeconfig, and the demo has none");
                Err(WrongUsage(what).into())
            }
            None => Ok(()),
        }
    }

    /// What holds for every client.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides {
            cluster: self.cluster.clone(),
            user: self.user.clone(),
            acting_as: self.acting_as.clone(),
            groups: self.groups.clone(),
        }
    }

    fn limit(&self) -> Option<Duration> {
        self.request_timeout.filter(|limit| !limit.is_zero())
    }

    /// How long one request of a command may take.
    pub(crate) fn request(&self) -> Duration {
        self.limit().unwrap_or(REQUEST)
    }

    /// The limits of becoming connected.
    pub(crate) fn connect_settings(&self) -> ConnectSettings {
        let usual = ConnectSettings::default();
        ConnectSettings {
            // A long request must not be cut short by the limit that is there for silence.
            answer_timeout: self
                .limit()
                .map_or(usual.answer_timeout, |limit| limit.max(usual.answer_timeout)),
            ..usual
        }
    }

    /// The limits of sessions.
    pub(crate) fn client_settings(&self) -> ClientSettings {
        let usual = ClientSettings {
            connect: self.connect_settings(),
            ..ClientSettings::default()
        };
        let Some(limit) = self.limit() else { return usual };
        ClientSettings {
            request_timeout: limit,
            list_timeout: limit,
            execute_timeout: usual.execute_timeout.max(limit.saturating_mul(2)),
            ..usual
        }
    }
}

/// Reads `90`, `30s`, `1m30s`.
fn parse_timeout(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text} is no duration; one is written 30s, 2m, 1m30s, or 30 for seconds");
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    let duration: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(duration).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_kubectl_reads_them() {
        let cases = [("90", 90), ("30s", 30), ("1m30s", 90), ("2h", 7200), ("0", 0)];
        for (text, seconds) in cases {
            assert_eq!(parse_timeout(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["soon", "-5s", "5 apples", ""] {
            assert!(parse_timeout(text).unwrap_err().contains("30s"), "{text}");
        }
    }

    #[test]
    fn a_limit_holds_for_each_request_and_none_is_the_usual() {
        let args = |limit: Option<u64>| OverArgs {
            request_timeout: limit.map(Duration::from_secs),
            ..OverArgs::default()
        };
        let usual = ClientSettings::default();
        for none in [None, Some(0)] {
            let settings = args(none).client_settings();
            assert_eq!(settings.request_timeout, usual.request_timeout);
            assert_eq!(args(none).request(), REQUEST);
        }
        let short = args(Some(3)).client_settings();
        assert_eq!(
            (short.request_timeout, short.list_timeout),
            (Duration::from_secs(3), Duration::from_secs(3))
        );
        assert_eq!(short.execute_timeout, usual.execute_timeout);
        let long = args(Some(300));
        assert_eq!(long.request(), Duration::from_mins(5));
        assert_eq!(long.connect_settings().answer_timeout, Duration::from_mins(5));
        assert!(long.client_settings().execute_timeout >= Duration::from_mins(5));
    }

    #[test]
    fn groups_are_of_somebody() {
        let groups = vec!["ops".to_owned()];
        let args = OverArgs {
            groups,
            ..OverArgs::default()
        };
        assert!(args.mistake().is_some());
        let acting_as = Some("jane".to_owned());
        assert!(OverArgs { acting_as, ..args }.mistake().is_none());
    }
}
