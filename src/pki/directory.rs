//! The credentials of an embedded server, and the directory in which they outlive it.
//!
//! The authority is made once and kept, so that kubeconfig files which were written earlier stay good. Certificates are
//! made anew in time before they expire.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::authority::{Authority, KeyedCertificate, Validity};
use crate::certificate::{CertificateFacts, is_signed_by};
use crate::private_file::{PrivateFileError, private_directory, read_private, write_private};
use crate::{PkiError, Token, TokenKey};

/// Validity of a new authority.
const AUTHORITY_DAYS: u32 = 3650;
/// Validity of a certificate.
const CERTIFICATE_DAYS: u32 = 365;
/// A certificate that expires sooner is made anew when the server starts.
const RENEWED_BEFORE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The group of those who may do everything.
pub const ADMINISTRATORS: &str = "system:masters";
/// The user of the first kubeconfig.
pub const ADMINISTRATOR: &str = "fleetui-admin";
/// The group of those who may read everything but Secrets.
pub const READERS: &str = "fleetui:readers";
/// The user of the kubeconfig that only reads.
pub const READER: &str = "fleetui-reader";

/// Everything that a server needs to prove who it is, and to know its administrator.
#[derive(Debug)]
pub struct ServerCredentials {
    /// Signs the certificates of the server and of its users.
    pub authority: Authority,
    /// The server's own certificate.
    pub server: KeyedCertificate,
    /// The administrator's certificate.
    pub administrator: KeyedCertificate,
    /// The certificate of one who only reads.
    pub reader: KeyedCertificate,
    /// The administrator's bearer token.
    pub token: Token,
    /// Signs the tokens of ServiceAccounts.
    pub token_key: TokenKey,
}

/// Why the credentials could not be had.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// A file or the directory.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// A certificate.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A file is there, and what belongs to it is not, or it does not hold what it should.
    #[error("{} is damaged: {problem}; put it back, or remove {} to start with a new certificate authority", .path.display(), .directory.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The directory that it lies in.
        directory: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// There is no randomness.
    #[error("the operating system gives no random numbers for a token")]
    NoRandomness,
}

impl ServerCredentials {
    /// Credentials that live as long as the process. `names` are the hosts and addresses of the server.
    pub fn ephemeral(names: &[String], now: Timestamp) -> Result<Self, DirectoryError> {
        let authority = Authority::generate("fleetui-ca", Validity::days(now, AUTHORITY_DAYS))?;
        Ok(Self {
            server: server_certificate(&authority, names, now)?,
            administrator: user_certificate(&authority, (ADMINISTRATOR, ADMINISTRATORS), now)?,
            reader: user_certificate(&authority, (READER, READERS), now)?,
            token_key: TokenKey::generate()?,
            token: Token::generate().ok_or(DirectoryError::NoRandomness)?,
            authority,
        })
    }

    /// The credentials that lie in `directory`; what is missing or about to expire is made and written.
    pub fn open(directory: &Path, names: &[String], now: Timestamp) -> Result<Self, DirectoryError> {
        private_directory(directory)?;
        let authority = open_authority(directory, now)?;
        let server = open_certificate(directory, "server", &authority, now, |facts| facts.names == names)?;
        let server = match server {
            Some(kept) => kept,
            None => write_certificate(directory, "server", server_certificate(&authority, names, now)?)?,
        };
        let administrator = open_user(
            directory,
            "admin",
            &authority,
            (ADMINISTRATOR, ADMINISTRATORS),
            now,
        )?;
        let reader = open_user(directory, "reader", &authority, (READER, READERS), now)?;
        Ok(Self {
            token: open_token(directory)?,
            token_key: open_token_key(directory)?,
            authority,
            server,
            administrator,
            reader,
        })
    }
}

fn server_certificate(
    authority: &Authority,
    names: &[String],
    now: Timestamp,
) -> Result<KeyedCertificate, PkiError> {
    authority.issue_server("fleetui", names, Validity::days(now, CERTIFICATE_DAYS))
}

fn user_certificate(
    authority: &Authority,
    (user, group): (&str, &str),
    now: Timestamp,
) -> Result<KeyedCertificate, PkiError> {
    authority.issue_client(user, Some(group), Validity::days(now, CERTIFICATE_DAYS))
}

/// The certificate of a user, kept as `name` or made anew.
fn open_user(
    directory: &Path,
    name: &str,
    authority: &Authority,
    (user, group): (&str, &str),
    now: Timestamp,
) -> Result<KeyedCertificate, DirectoryError> {
    let kept = open_certificate(directory, name, authority, now, |facts| {
        facts.subject.common_name == user && facts.subject.organisations == [group]
    })?;
    match kept {
        Some(kept) => Ok(kept),
        None => write_certificate(directory, name, user_certificate(authority, (user, group), now)?),
    }
}

fn open_authority(directory: &Path, now: Timestamp) -> Result<Authority, DirectoryError> {
    if let Some(keyed) = read_certificate(directory, "ca")? {
        return Authority::from_pem(keyed).map_err(|error| DirectoryError::Damaged {
            path: directory.join("ca.crt"),
            directory: directory.to_owned(),
            problem: error.to_string(),
        });
    }
    let authority = Authority::generate("fleetui-ca", Validity::days(now, AUTHORITY_DAYS))?;
    write_certificate(directory, "ca", authority.keyed().clone())?;
    Ok(authority)
}

/// The certificate called `name`, if it is still good for what it is for.
fn open_certificate(
    directory: &Path,
    name: &str,
    authority: &Authority,
    now: Timestamp,
    fits: impl FnOnce(&CertificateFacts) -> bool,
) -> Result<Option<KeyedCertificate>, DirectoryError> {
    let Some(keyed) = read_certificate(directory, name)? else {
        return Ok(None);
    };
    // A certificate that cannot be read is replaced: unlike the authority, nobody depends on this very one.
    let Ok(facts) = CertificateFacts::of_pem(&keyed.certificate_pem) else {
        return Ok(None);
    };
    let lasts = facts.not_after.duration_since(now) > RENEWED_BEFORE && facts.not_before <= now;
    let ours = is_signed_by(&keyed.certificate_pem, authority.certificate_pem()).unwrap_or(false);
    Ok((lasts && ours && fits(&facts)).then_some(keyed))
}

fn read_certificate(directory: &Path, name: &str) -> Result<Option<KeyedCertificate>, DirectoryError> {
    let certificate = read_private(&directory.join(format!("{name}.crt")))?;
    let key = read_private(&directory.join(format!("{name}.key")))?;
    match (certificate, key) {
        (Some(certificate_pem), Some(key)) => Ok(Some(KeyedCertificate {
            certificate_pem,
            key_pem: fleetui_base::redact::Secret::new(key),
        })),
        // The key is written first: without its certificate, writing was cut off before anybody used it.
        (None, _) => Ok(None),
        (Some(_), None) => Err(DirectoryError::Damaged {
            path: directory.join(format!("{name}.key")),
            directory: directory.to_owned(),
            problem: "it is missing".to_owned(),
        }),
    }
}

fn write_certificate(
    directory: &Path,
    name: &str,
    keyed: KeyedCertificate,
) -> Result<KeyedCertificate, DirectoryError> {
    write_private(
        &directory.join(format!("{name}.key")),
        keyed.key_pem.reveal().as_bytes(),
    )?;
    write_private(
        &directory.join(format!("{name}.crt")),
        keyed.certificate_pem.as_bytes(),
    )?;
    Ok(keyed)
}

fn open_token(directory: &Path) -> Result<Token, DirectoryError> {
    let path = directory.join("admin.token");
    if let Some(text) = read_private(&path)? {
        return Token::parse(&text).ok_or_else(|| DirectoryError::Damaged {
            path,
            directory: directory.to_owned(),
            problem: "it holds no token".to_owned(),
        });
    }
    let token = Token::generate().ok_or(DirectoryError::NoRandomness)?;
    write_private(&path, token.reveal().as_bytes())?;
    Ok(token)
}

/// The key of ServiceAccounts' tokens. One that cannot be read is not replaced: tokens that were issued would end.
fn open_token_key(directory: &Path) -> Result<TokenKey, DirectoryError> {
    let path = directory.join("service-accounts.key");
    if let Some(pem) = read_private(&path)? {
        return TokenKey::from_pem(&pem).map_err(|error| DirectoryError::Damaged {
            path,
            directory: directory.to_owned(),
            problem: error.to_string(),
        });
    }
    let key = TokenKey::generate()?;
    write_private(&path, key.pem().reveal().as_bytes())?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn names() -> Vec<String> {
        vec!["localhost".to_owned(), "127.0.0.1".to_owned()]
    }

    #[test]
    fn a_second_start_finds_the_same_credentials() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("pki");
        let first = ServerCredentials::open(&directory, &names(), now()).unwrap();
        let second = ServerCredentials::open(&directory, &names(), now()).unwrap();
        assert_eq!(second.authority.keyed(), first.authority.keyed());
        assert_eq!(second.server, first.server);
        assert_eq!(second.administrator, first.administrator);
        assert_eq!(second.reader, first.reader);
        assert_eq!(second.token_key.id(), first.token_key.id());
        assert!(second.token.matches(first.token.reveal()));
        for file in fs::read_dir(&directory).unwrap() {
            let mode = file.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn certificates_are_renewed_and_the_authority_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("pki");
        let first = ServerCredentials::open(&directory, &names(), now()).unwrap();
        let later = now() + SignedDuration::from_hours(24 * 340);
        let second = ServerCredentials::open(&directory, &names(), later).unwrap();
        assert_eq!(second.authority.keyed(), first.authority.keyed());
        assert_ne!(second.server, first.server);
        assert_ne!(second.administrator, first.administrator);
        let more = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        let third = ServerCredentials::open(&directory, &more, later).unwrap();
        assert_ne!(third.server, second.server, "the server has another name now");
        assert_eq!(third.administrator, second.administrator);
    }

    #[test]
    fn a_damaged_authority_is_not_replaced_in_silence() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("pki");
        drop(ServerCredentials::open(&directory, &names(), now()).unwrap());
        write_private(&directory.join("ca.key"), b"garbage").unwrap();
        let error = ServerCredentials::open(&directory, &names(), now()).unwrap_err();
        assert!(error.to_string().contains("ca.crt is damaged"), "{error}");
        fs::remove_file(directory.join("ca.key")).unwrap();
        let error = ServerCredentials::open(&directory, &names(), now()).unwrap_err();
        assert!(
            error.to_string().contains("ca.key is damaged: it is missing"),
            "{error}"
        );
    }

    #[test]
    fn no_secret_shows_in_debug_output() {
        let credentials = ServerCredentials::ephemeral(&names(), now()).unwrap();
        let shown = format!("{credentials:?}");
        assert!(
            !shown.contains("PRIVATE KEY") && !shown.contains(credentials.token.reveal()),
            "{shown}"
        );
    }
}
