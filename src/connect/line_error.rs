//! What went wrong on the way to a server, in words that a person can use: what happened, and where to look.

use std::error::Error;

use rustls::{AlertDescription, CertificateError};

/// The cause of a failure of the connection. What wraps it says only where it happened.
pub fn of_line(error: &(dyn Error + 'static)) -> String {
    let causes = causes(error);
    let is_late = |cause: &&(dyn Error + 'static)| {
        let io = cause.downcast_ref::<std::io::Error>();
        // The connector's own deadline speaks of itself and not of the connection.
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::TimedOut)
            || cause.is::<tokio::time::error::Elapsed>()
    };
    if causes.iter().any(is_late) {
        return "no connection in time".to_owned();
    }
    // What TLS says of it leads to a manual of the library's own.
    let is_cut = |cause: &&(dyn Error + 'static)| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::UnexpectedEof)
    };
    if causes.iter().any(is_cut) {
        return "the connection was cut before there was a whole answer".to_owned();
    }
    let mut tls = causes
        .iter()
        .filter_map(|cause| cause.downcast_ref::<rustls::Error>());
    if let Some(tls) = tls.next() {
        return of_tls(tls);
    }
    let innermost = causes.last().map_or_else(String::new, ToString::to_string);
    plain(without_number(&innermost))
}

/// The failure and its causes, the innermost last. What the system's own error carries is not its source, but what it speaks for.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut all = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        all.push(cause);
        let io = cause.downcast_ref::<std::io::Error>();
        next = match io.and_then(std::io::Error::get_ref) {
            Some(within) => Some(within as &(dyn Error + 'static)),
            None => cause.source(),
        };
    }
    all
}

/// What the system and the client's libraries call by their own names.
fn plain(what: &str) -> String {
    if what.starts_with("failed to lookup address information") {
        return "there is no server of that name; is it written as DNS knows it, and does DNS answer?"
            .to_owned();
    }
    match what {
        "invalid HTTP version parsed" | "invalid HTTP header parsed" | "unexpected end of file" => {
            "what answers there does not speak HTTP; is it the API server's port, and is it https://?"
        }
        "connection closed before message completed" | "operation was canceled" => {
            "the connection was closed before there was an answer"
        }
        other => other,
    }
    .to_owned()
}

/// What the system says without the number that it has for it, which says nothing to a person.
fn without_number(what: &str) -> &str {
    match what.rsplit_once(" (os error ") {
        Some((words, number)) if number.ends_with(')') => words,
        Some(_) | None => what,
    }
}

fn of_tls(tls: &rustls::Error) -> String {
    match tls {
        rustls::Error::InvalidCertificate(why) => of_certificate(why),
        rustls::Error::InvalidMessage(_) => {
            "what answers there does not speak TLS; is it the API server's port, and is it http://?".to_owned()
        }
        rustls::Error::AlertReceived(alert) => of_alert(*alert),
        rustls::Error::NoCertificatesPresented => "the server shows no certificate".to_owned(),
        _ => "the server and this program do not agree on TLS; is it an API server, and is its TLS 1.2 or later?".to_owned(),
    }
}

fn of_certificate(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => {
            "the server's certificate is of an authority that the kubeconfig does not name; look at certificate-authority-data of its cluster"
                .to_owned()
        }
        CertificateError::NotValidForName => not_for("that name", &[]),
        CertificateError::NotValidForNameContext { expected, presented } => {
            not_for(&expected.to_str(), presented)
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired; it has to be renewed there, unless the clock here is wrong".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet; is the clock here or there wrong?".to_owned()
        }
        CertificateError::Revoked => "the server's certificate was revoked".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the server's certificate is not one for servers".to_owned()
        }
        _ => "the server's certificate cannot be verified: it or its signature is not as it should be".to_owned(),
    }
}

fn not_for(name: &str, names: &[String]) -> String {
    // They are written as the library's own types: DnsName("a").
    let plain = |name: &String| match name.split_once('(') {
        Some((_, rest)) => rest.trim_end_matches(')').trim_matches('"').to_owned(),
        None => name.clone(),
    };
    let names: Vec<String> = names.iter().map(plain).collect();
    let only = match names.as_slice() {
        [] => String::new(),
        names => format!(", only for {}", names.join(", ")),
    };
    format!(
        "the server's certificate is not for {name}{only}; correct the server in the kubeconfig, or name the one that is meant as tls-server-name there"
    )
}

fn of_alert(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied
        | AlertDescription::CertificateRequired => {
            "the server does not accept the client certificate; log in again, or look at client-certificate of the user"
        }
        AlertDescription::UnrecognisedName => {
            "the server does not know itself by that name; look at the server and tls-server-name in the kubeconfig"
        }
        _ => "the server ended the TLS handshake; is it an API server, and is its TLS 1.2 or later?",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use std::io;

    use rustls::pki_types::ServerName;

    use super::*;

    #[test]
    fn the_line_is_told_by_its_innermost_cause() {
        let refused = io::Error::other(io::Error::from(io::ErrorKind::ConnectionRefused));
        let late = io::Error::other(io::Error::new(io::ErrorKind::TimedOut, "deadline has elapsed"));
        let numbered = io::Error::other("Connection refused (os error 111)");
        let nowhere = io::Error::other("failed to lookup address information: Name or service not known");
        for (error, words) in [
            (refused, "connection refused"),
            (numbered, "Connection refused"),
            (
                nowhere,
                "there is no server of that name; is it written as DNS knows it, and does DNS answer?",
            ),
        ] {
            assert_eq!(of_line(&error), words);
        }
        assert_eq!(of_line(&late), "no connection in time");
    }

    #[test]
    fn what_is_wrong_with_tls_is_told_with_where_to_look() {
        let name = ServerName::try_from("lab.example.com").unwrap().to_owned();
        let other = CertificateError::NotValidForNameContext {
            expected: name,
            presented: vec![
                "DnsName(\"a.example.com\")".to_owned(),
                "IpAddress(10.0.0.1)".to_owned(),
            ],
        };
        let cases = [
            (
                rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer),
                "certificate-authority-data",
            ),
            (
                rustls::Error::InvalidCertificate(other),
                "not for lab.example.com, only for a.example.com, 10.0.0.1; correct the server",
            ),
            (
                rustls::Error::InvalidCertificate(CertificateError::Expired),
                "has expired",
            ),
            (
                rustls::Error::InvalidCertificate(CertificateError::BadEncoding),
                "cannot be verified",
            ),
            (
                rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType),
                "does not speak TLS",
            ),
            (
                rustls::Error::AlertReceived(AlertDescription::UnknownCA),
                "client certificate; log in again",
            ),
            (
                rustls::Error::AlertReceived(AlertDescription::HandshakeFailure),
                "ended the TLS handshake",
            ),
            (rustls::Error::HandshakeNotComplete, "do not agree on TLS"),
        ];
        for (error, words) in cases {
            // As it comes: the connector wraps what the system's error carries.
            let told = of_line(&io::Error::other(io::Error::other(error)));
            assert!(told.contains(words), "{told}");
            assert!(
                !told.contains("https://docs") && !told.contains("rustls"),
                "{told}"
            );
        }
    }
}
