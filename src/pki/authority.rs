//! A certificate authority: made, read back, and used to sign certificates of servers and clients.

use std::time::Duration;

use fleetui_base::redact::Secret;
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData,
};

use crate::PkiError;
use crate::certificate;
use crate::private_key::{self, KeyKind};

/// Certificates are valid from a little before they are made, as the clocks of their readers differ.
const BACKDATED: SignedDuration = SignedDuration::from_hours(1);

/// From when to when a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub not_before: Timestamp,
    /// The last moment.
    pub not_after: Timestamp,
}

impl Validity {
    /// Valid for `days` days from `now`, and for an hour before.
    pub fn days(now: Timestamp, days: u32) -> Self {
        let length = SignedDuration::from_hours(24 * i64::from(days));
        Self {
            not_before: now.checked_sub(BACKDATED).unwrap_or(Timestamp::UNIX_EPOCH),
            not_after: now.checked_add(length).unwrap_or(Timestamp::MAX),
        }
    }
}

/// A certificate with its private key, both as PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedCertificate {
    /// The certificate.
    pub certificate_pem: String,
    /// Its private key, PKCS #8.
    pub key_pem: Secret<String>,
}

/// A certificate authority that can sign.
#[derive(Debug)]
pub struct Authority {
    keyed: KeyedCertificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Makes a new authority called `common_name`, with a new key (ECDSA P-256).
    pub fn generate(common_name: &str, validity: Validity) -> Result<Self, PkiError> {
        Self::generate_with(common_name, validity, KeyKind::default())
    }

    /// Makes a new authority called `common_name`, with a new key of this kind.
    pub fn generate_with(common_name: &str, validity: Validity, kind: KeyKind) -> Result<Self, PkiError> {
        let failed = |source| PkiError::Make {
            subject: common_name.to_owned(),
            source,
        };
        let key = kind.generate().map_err(failed)?;
        let mut parameters = parameters(common_name, validity);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
        ];
        let certificate = parameters.self_signed(&key).map_err(failed)?;
        let keyed = KeyedCertificate {
            certificate_pem: certificate.pem(),
            key_pem: Secret::new(key.serialize_pem()),
        };
        Ok(Self {
            keyed,
            issuer: Issuer::new(parameters, key),
        })
    }

    /// Reads an authority back. Fails where the key is not the certificate's.
    pub fn from_pem(keyed: KeyedCertificate) -> Result<Self, PkiError> {
        let key = private_key::read(keyed.key_pem.reveal())?;
        let public_key = certificate::public_key(&keyed.certificate_pem)?;
        if public_key != key.subject_public_key_info() {
            return Err(PkiError::WrongKey);
        }
        let issuer = Issuer::from_ca_cert_pem(&keyed.certificate_pem, key).map_err(PkiError::Authority)?;
        Ok(Self { keyed, issuer })
    }

    /// The authority's own certificate and key.
    pub fn keyed(&self) -> &KeyedCertificate {
        &self.keyed
    }

    /// The authority's certificate as PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.keyed.certificate_pem
    }

    /// A certificate for a server that is reached by `names`: DNS names and IP addresses.
    pub fn issue_server(
        &self,
        common_name: &str,
        names: &[String],
        validity: Validity,
    ) -> Result<KeyedCertificate, PkiError> {
        let mut parameters = parameters(common_name, validity);
        parameters.subject_alt_names = CertificateParams::new(names)
            .map_err(|source| PkiError::Make {
                subject: common_name.to_owned(),
                source,
            })?
            .subject_alt_names;
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(common_name, parameters)
    }

    /// A certificate for the user `common_name`, who is in the group `organisation`. Kubernetes reads groups from
    /// organisations; the generator writes one at most.
    pub fn issue_client(
        &self,
        common_name: &str,
        organisation: Option<&str>,
        validity: Validity,
    ) -> Result<KeyedCertificate, PkiError> {
        let mut parameters = parameters(common_name, validity);
        if let Some(organisation) = organisation {
            parameters
                .distinguished_name
                .push(DnType::OrganizationName, organisation);
        }
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(common_name, parameters)
    }

    fn sign(
        &self,
        common_name: &str,
        mut parameters: CertificateParams,
    ) -> Result<KeyedCertificate, PkiError> {
        let failed = |source| PkiError::Make {
            subject: common_name.to_owned(),
            source,
        };
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.use_authority_key_identifier_extension = true;
        parameters.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ];
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = parameters.signed_by(&key, &self.issuer).map_err(failed)?;
        Ok(KeyedCertificate {
            certificate_pem: certificate.pem(),
            key_pem: Secret::new(key.serialize_pem()),
        })
    }
}

fn parameters(common_name: &str, validity: Validity) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters
        .distinguished_name
        .push(DnType::CommonName, common_name);
    let moment = |timestamp: Timestamp| {
        let seconds = u64::try_from(timestamp.as_second()).unwrap_or(0);
        rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
    };
    parameters.not_before = moment(validity.not_before);
    parameters.not_after = moment(validity.not_after);
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CertificateFacts;

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn an_authority_read_back_signs_what_the_first_one_would_have_signed() {
        let first = Authority::generate("test-ca", Validity::days(now(), 10)).unwrap();
        let again = Authority::from_pem(first.keyed().clone()).unwrap();
        assert_eq!(again.certificate_pem(), first.certificate_pem());
        let client = again
            .issue_client("ada", Some("system:masters"), Validity::days(now(), 1))
            .unwrap();
        let facts = CertificateFacts::of_pem(&client.certificate_pem).unwrap();
        assert_eq!(facts.subject.common_name, "ada");
        assert_eq!(facts.subject.organisations, ["system:masters"]);
        assert_eq!(facts.not_after.to_string(), "2026-11-24T12:00:00Z");
        assert_eq!(facts.not_before.to_string(), "2026-11-23T11:00:00Z");
        assert!(certificate::is_signed_by(&client.certificate_pem, first.certificate_pem()).unwrap());
        let other = Authority::generate("test-ca", Validity::days(now(), 10)).unwrap();
        assert!(!certificate::is_signed_by(&client.certificate_pem, other.certificate_pem()).unwrap());
    }

    #[test]
    fn a_key_of_another_authority_is_refused() {
        let first = Authority::generate("one", Validity::days(now(), 10)).unwrap();
        let second = Authority::generate("two", Validity::days(now(), 10)).unwrap();
        let mixed = KeyedCertificate {
            certificate_pem: first.certificate_pem().to_owned(),
            key_pem: second.keyed().key_pem.clone(),
        };
        assert!(matches!(Authority::from_pem(mixed), Err(PkiError::WrongKey)));
    }

    #[test]
    fn a_server_certificate_names_hosts_and_addresses() {
        let authority = Authority::generate("ca", Validity::days(now(), 10)).unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        let server = authority
            .issue_server("server", &names, Validity::days(now(), 1))
            .unwrap();
        let facts = CertificateFacts::of_pem(&server.certificate_pem).unwrap();
        assert_eq!(facts.names, ["localhost", "127.0.0.1", "::1"]);
    }

    #[test]
    fn keys_do_not_show_in_debug_output() {
        let authority = Authority::generate("ca", Validity::days(now(), 10)).unwrap();
        let shown = format!("{authority:?}");
        assert!(!shown.contains("PRIVATE KEY"), "{shown}");
    }
}
