//! What stands in a certificate that somebody presents or that lies in a file.

use std::fmt::Write as _;
use std::net::IpAddr;

use jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::PkiError;
use crate::token_key::sha256;

/// Whom a certificate names. Kubernetes takes the common name as user and the organisations as groups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// The common name; empty where there is none.
    pub common_name: String,
    /// The organisations.
    pub organisations: Vec<String>,
}

/// What fleetui wants to know of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Whom it names.
    pub subject: Subject,
    /// The hosts and addresses that it is for.
    pub names: Vec<String>,
    /// The first moment of its validity.
    pub not_before: Timestamp,
    /// The last moment of its validity.
    pub not_after: Timestamp,
}

impl CertificateFacts {
    /// Reads a certificate in DER form.
    pub fn of_der(der: &[u8]) -> Result<Self, PkiError> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|error| unreadable(&error))?;
        Self::of(&certificate)
    }

    /// Reads the first certificate of a PEM text.
    pub fn of_pem(pem: &str) -> Result<Self, PkiError> {
        with_first(pem, Self::of)
    }

    fn of(certificate: &X509Certificate<'_>) -> Result<Self, PkiError> {
        let validity = certificate.validity();
        let moment = |seconds: i64| Timestamp::from_second(seconds).map_err(|error| unreadable(&error));
        Ok(Self {
            subject: subject(certificate.subject()),
            names: names(certificate),
            not_before: moment(validity.not_before.timestamp())?,
            not_after: moment(validity.not_after.timestamp())?,
        })
    }
}

/// The certificates of a PEM text, as DER. What else is in it is passed over.
pub fn ders_of_pem(pem: &str) -> Result<Vec<Vec<u8>>, PkiError> {
    let blocks = Pem::iter_from_buffer(pem.as_bytes());
    blocks
        .filter(|block| block.as_ref().map_or(true, |block| block.label == "CERTIFICATE"))
        .map(|block| {
            block
                .map(|block| block.contents)
                .map_err(|error| unreadable(&error))
        })
        .collect()
}

/// Whether `authority` has signed `certificate`, both as PEM.
pub fn is_signed_by(certificate: &str, authority: &str) -> Result<bool, PkiError> {
    with_first(certificate, |certificate| {
        with_first(authority, |authority| {
            Ok(certificate.verify_signature(Some(authority.public_key())).is_ok())
        })
    })
}

/// The pin of a certificate's public key, `sha256:…`, by which kubeadm recognises an authority.
pub fn key_pin(pem: &str) -> Result<String, PkiError> {
    let mut pin = "sha256:".to_owned();
    for byte in sha256(&public_key(pem)?) {
        // Writing to a string cannot fail.
        let _ = write!(pin, "{byte:02x}");
    }
    Ok(pin)
}

/// Whom a name names.
pub(crate) fn subject(name: &X509Name<'_>) -> Subject {
    let texts = |attributes: &mut dyn Iterator<Item = &AttributeTypeAndValue<'_>>| {
        attributes
            .filter_map(|attribute| attribute.as_str().ok().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    Subject {
        common_name: texts(&mut name.iter_common_name())
            .into_iter()
            .next()
            .unwrap_or_default(),
        organisations: texts(&mut name.iter_organization()),
    }
}

/// What the certificates that an authority signs say of it.
pub(crate) struct IssuerParts {
    /// Its name, as DER.
    pub(crate) subject_der: Vec<u8>,
    /// What tells its key from others.
    pub(crate) key_identifier: Option<Vec<u8>>,
}

/// The parts of an authority's own certificate that go into those which it signs.
pub(crate) fn issuer(pem: &str) -> Result<IssuerParts, PkiError> {
    with_first(pem, |certificate| {
        let key_identifier =
            certificate
                .extensions()
                .iter()
                .find_map(|extension| match extension.parsed_extension() {
                    ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
                    _ => None,
                });
        Ok(IssuerParts {
            subject_der: certificate.subject().as_raw().to_vec(),
            key_identifier,
        })
    })
}

/// The subject public key info of a certificate, as DER.
pub(crate) fn public_key(pem: &str) -> Result<Vec<u8>, PkiError> {
    with_first(pem, |certificate| Ok(certificate.public_key().raw.to_vec()))
}

fn with_first<T>(
    pem: &str,
    read: impl FnOnce(&X509Certificate<'_>) -> Result<T, PkiError>,
) -> Result<T, PkiError> {
    let pem = Pem::iter_from_buffer(pem.as_bytes())
        .next()
        .ok_or_else(|| PkiError::Unreadable("there is no PEM block".to_owned()))?
        .map_err(|error| unreadable(&error))?;
    let certificate = pem.parse_x509().map_err(|error| unreadable(&error))?;
    read(&certificate)
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(host) => Some((*host).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    };
    extension.value.general_names.iter().filter_map(name).collect()
}

/// An address of 4 or 16 bytes.
pub(crate) fn address(bytes: &[u8]) -> Option<IpAddr> {
    let short = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    let long = || <[u8; 16]>::try_from(bytes).map(IpAddr::from);
    short.or_else(|_| long()).ok()
}

fn unreadable(error: &dyn std::fmt::Display) -> PkiError {
    PkiError::Unreadable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_the_hash_of_the_public_key() {
        let validity = crate::Validity::days(Timestamp::UNIX_EPOCH, 1);
        let authority = crate::Authority::generate("ca", validity).unwrap();
        let pin = key_pin(authority.certificate_pem()).unwrap();
        assert_eq!(pin.len(), "sha256:".len() + 64);
        assert_eq!(pin, key_pin(authority.certificate_pem()).unwrap());
        let other = crate::Authority::generate("ca", validity).unwrap();
        assert_ne!(pin, key_pin(other.certificate_pem()).unwrap());
        assert!(key_pin("nonsense").is_err());
    }

    #[test]
    fn nonsense_is_an_error() {
        for text in [
            "",
            "hello",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            assert!(CertificateFacts::of_pem(text).is_err(), "{text}");
        }
        assert!(CertificateFacts::of_der(&[0x30, 0x00]).is_err());
    }
}
