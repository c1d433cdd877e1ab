//! What can go wrong with one request, sorted by what is done about it.

use std::time::Duration;

use fleetui_connect::{ConnectError, CredentialError, of_line};
use kube::core::Status;

/// The most that is kept of what a server says.
const LONGEST_MESSAGE: usize = 1024;

/// Why a request brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// There are no credentials.
    #[error("{0}")]
    Credentials(String),
    /// 401.
    #[error("the server does not accept the credentials: {0}; log in again, then reconnect")]
    Unauthorized(String),
    /// 403.
    #[error("{0}")]
    Forbidden(String),
    /// 404.
    #[error("{0}")]
    NotFound(String),
    /// 410: a resourceVersion or a continue token is too old.
    #[error("{0}")]
    Expired(String),
    /// 409.
    #[error("{0}")]
    Conflict(String),
    /// 429, or 503 with a time: come back later.
    #[error("the server is busy: {message}")]
    Busy {
        /// The server's words.
        message: String,
        /// When it wants to be asked again.
        after: Duration,
    },
    /// Any other answer that is an error.
    #[error("{message}")]
    Refused {
        /// The HTTP status.
        code: u16,
        /// The server's words.
        message: String,
    },
    /// No connection, or it broke.
    #[error("{0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("no answer within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The answer is not what the API promises.
    #[error("the server's answer cannot be read: {0}")]
    Garbled(String),
}

impl Fault {
    /// Whether a new login is what helps.
    pub(crate) fn needs_login(&self) -> bool {
        matches!(self, Self::Credentials(_) | Self::Unauthorized(_))
    }

    /// Whether nobody listens where the server should be.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self, Self::Unreachable(why) if why.contains("refused"))
    }

    /// Whether nothing came back: who hears from the server on another way may try again at once.
    pub(crate) fn is_no_connection(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::TimedOut(_))
    }

    /// Whether it says nothing about the kind that was asked for.
    pub(crate) fn is_of_the_connection(&self) -> bool {
        match self {
            Self::Credentials(_)
            | Self::Unauthorized(_)
            | Self::Busy { .. }
            | Self::Unreachable(_)
            | Self::TimedOut(_) => true,
            Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::Expired(_)
            | Self::Conflict(_)
            | Self::Refused { .. }
            | Self::Garbled(_) => false,
        }
    }

    /// How long the server wants to be left alone.
    pub(crate) fn wait(&self) -> Duration {
        match self {
            Self::Busy { after, .. } => *after,
            Self::Credentials(_)
            | Self::Unauthorized(_)
            | Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::Expired(_)
            | Self::Conflict(_)
            | Self::Refused { .. }
            | Self::Unreachable(_)
            | Self::TimedOut(_)
            | Self::Garbled(_) => Duration::ZERO,
        }
    }

    /// Sorts a `Status`, from an answer or from an ERROR event of a watch.
    pub(crate) fn of_status(status: &Status) -> Self {
        let text = if status.message.is_empty() {
            &status.reason
        } else {
            &status.message
        };
        let message = bounded(text);
        let retry_after = status
            .details
            .as_ref()
            .map_or(0, |details| details.retry_after_seconds);
        match status.code {
            401 => Self::Unauthorized(message),
            403 => Self::Forbidden(message),
            404 => Self::NotFound(message),
            409 => Self::Conflict(message),
            410 => Self::Expired(message),
            429 => Self::Busy {
                message,
                after: Duration::from_secs(u64::from(retry_after.max(1))),
            },
            503 if retry_after > 0 => Self::Busy {
                message,
                after: Duration::from_secs(u64::from(retry_after)),
            },
            _ if matches!(status.reason.as_str(), "Expired" | "Gone") => Self::Expired(message),
            code => Self::Refused { code, message },
        }
    }
}

impl From<ConnectError> for Fault {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Credentials(
                error @ (CredentialError::Failed { .. }
                | CredentialError::TimedOut { .. }
                | CredentialError::Interactive { .. }),
            ) => Self::Credentials(format!("{error}; log in, then reconnect")),
            ConnectError::Credentials(error) => Self::Credentials(error.to_string()),
            ConnectError::Configuration(what) => Self::Unreachable(what),
            ConnectError::TimedOut(_) => Self::Unreachable(error.to_string()),
        }
    }
}

impl From<kube::Error> for Fault {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::of_status(&status),
            kube::Error::SerdeError(error) => Self::Garbled(error.to_string()),
            kube::Error::FromUtf8(error) => Self::Garbled(error.to_string()),
            other => Self::Unreachable(bounded(&of_line(&other))),
        }
    }
}

/// An answer that broke off while it was read.
impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Unreachable(bounded(&of_line(&error)))
    }
}

/// A server may say a lot.
fn bounded(message: &str) -> String {
    if message.len() <= LONGEST_MESSAGE {
        return message.to_owned();
    }
    let end = message
        .char_indices()
        .map(|(at, _)| at)
        .take_while(|at| *at <= LONGEST_MESSAGE)
        .last();
    format!("{}…", message.get(..end.unwrap_or(0)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_the_line_are_told_by_their_innermost_cause() {
        let refused = std::io::Error::other(std::io::Error::from(std::io::ErrorKind::ConnectionRefused));
        let late = std::io::Error::new(std::io::ErrorKind::TimedOut, "deadline has elapsed");
        let cut = std::io::Error::new(
            std::io::ErrorKind::UnexpectedEof,
            "peer closed connection without sending TLS close_notify: https://docs.rs/rustls/latest/rustls/manual/",
        );
        let numbered = std::io::Error::other("Connection refused (os error 111)");
        let cases = [
            (refused, "connection refused"),
            (late, "no connection in time"),
            (cut, "the connection was cut before there was a whole answer"),
            (numbered, "Connection refused"),
        ];
        for (error, words) in cases {
            let fault = Fault::from(kube::Error::Service(error.into()));
            assert_eq!(fault, Fault::Unreachable(words.to_owned()));
        }
    }

    #[test]
    fn what_a_server_says_is_bounded() {
        let status = Status::failure(&"é".repeat(5000), "InternalError").with_code(500);
        let message = Fault::of_status(&status).to_string();
        assert!(
            message.len() <= LONGEST_MESSAGE + 4 && message.ends_with('…'),
            "{}",
            message.len()
        );
    }
}
