//! Certificate signing requests: read, checked, and answered with a certificate of an authority.
//!
//! The certificate generator keeps one organisation of a subject and loses the others, which would take groups from a
//! Kubernetes user. So a certificate for a request is written here: its subject and its key are the request's, byte for
//! byte.

use std::net::IpAddr;

use fleetui_base::redact::Secret;
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SigningKey as _};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;

use crate::authority::{Authority, Validity};
use crate::certificate::{self, Subject};
use crate::der::{self, Tag};
use crate::{PkiError, pem_text};

/// `ecdsa-with-SHA256`, 1.2.840.10045.4.3.2.
const ECDSA_SHA256: [u8; 8] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// Extensions under 2.5.29.
const KEY_USAGE: [u8; 3] = [0x55, 0x1d, 15];
const ALTERNATIVE_NAMES: [u8; 3] = [0x55, 0x1d, 17];
const BASIC_CONSTRAINTS: [u8; 3] = [0x55, 0x1d, 19];
const AUTHORITY_KEY: [u8; 3] = [0x55, 0x1d, 35];
const EXTENDED_KEY_USAGE: [u8; 3] = [0x55, 0x1d, 37];
/// Bytes of a serial number; the first bit is taken away so that it stays positive.
const SERIAL: usize = 16;

/// A new request with a new key, both as PEM: of `user` in `groups`, for `names` (DNS names and IP addresses). At most two
/// groups.
pub fn generate(user: &str, groups: &[&str], names: &[&str]) -> Result<(String, Secret<String>), PkiError> {
    let failed = |source| PkiError::Make {
        subject: user.to_owned(),
        source,
    };
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut parameters = CertificateParams::new(names).map_err(failed)?;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, user);
    // The generator takes a second organisation only under another name for the same thing.
    let kinds = [DnType::OrganizationName, DnType::CustomDnType(vec![2, 5, 4, 10])];
    for (kind, group) in kinds.into_iter().zip(groups) {
        parameters.distinguished_name.push(kind, *group);
    }
    let key = KeyPair::generate().map_err(failed)?;
    let request = parameters.serialize_request(&key).map_err(failed)?;
    let pem = request.pem().map_err(failed)?;
    Ok((pem, Secret::new(key.serialize_pem())))
}

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyUse {
    /// Signatures.
    DigitalSignature,
    /// Encrypting other keys, as RSA key exchange does.
    KeyEncipherment,
    /// Proving to a server who one is.
    ClientAuth,
    /// Proving to a client who one is.
    ServerAuth,
}

/// Another name of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlternativeName {
    /// A host.
    Dns(String),
    /// An address.
    Ip(IpAddr),
    /// A mailbox.
    Email(String),
    /// A URI.
    Uri(String),
}

/// A request whose signature is that of the key in it.
#[derive(Debug, Clone)]
pub struct CertificateRequest {
    /// Who asks.
    pub subject: Subject,
    /// The other names.
    pub names: Vec<AlternativeName>,
    subject_der: Vec<u8>,
    key_der: Vec<u8>,
}

impl CertificateRequest {
    /// Reads a PEM text of one `CERTIFICATE REQUEST`. Fails too where its signature is not of its own key, and where it
    /// asks for names of a kind that no certificate here carries.
    pub fn of_pem(text: &str) -> Result<Self, PkiError> {
        let pem = Pem::iter_from_buffer(text.as_bytes())
            .next()
            .and_then(Result::ok)
            .filter(|pem| pem.label == "CERTIFICATE REQUEST")
            .ok_or_else(|| unreadable("PEM block type must be CERTIFICATE REQUEST"))?;
        let (rest, request) = X509CertificationRequest::from_der(&pem.contents)
            .map_err(|error| unreadable(&error.to_string()))?;
        if !rest.is_empty() {
            return Err(unreadable("there is something behind the request"));
        }
        request
            .verify_signature()
            .map_err(|_| unreadable("the signature is not that of the key in the request"))?;
        let information = &request.certification_request_info;
        let mut names = Vec::new();
        for extension in request.requested_extensions().into_iter().flatten() {
            if let ParsedExtension::SubjectAlternativeName(found) = extension {
                for name in &found.general_names {
                    names.push(alternative(name)?);
                }
            }
        }
        Ok(Self {
            subject: certificate::subject(&information.subject),
            names,
            subject_der: information.subject.as_raw().to_vec(),
            key_der: information.subject_pki.raw.to_vec(),
        })
    }
}

fn alternative(name: &GeneralName<'_>) -> Result<AlternativeName, PkiError> {
    match name {
        GeneralName::DNSName(host) => Ok(AlternativeName::Dns((*host).to_owned())),
        GeneralName::RFC822Name(mailbox) => Ok(AlternativeName::Email((*mailbox).to_owned())),
        GeneralName::URI(uri) => Ok(AlternativeName::Uri((*uri).to_owned())),
        GeneralName::IPAddress(bytes) => certificate::address(bytes)
            .map(AlternativeName::Ip)
            .ok_or_else(|| unreadable("an address has neither 4 nor 16 bytes")),
        _ => Err(unreadable(
            "only hosts, addresses, mailboxes and URIs can be alternative names",
        )),
    }
}

impl Authority {
    /// A certificate for the subject and the key of `request`, as PEM. It is for `uses` and nothing else.
    pub fn sign_request(
        &self,
        request: &CertificateRequest,
        uses: &[KeyUse],
        validity: Validity,
    ) -> Result<String, PkiError> {
        let key = KeyPair::from_pem(self.keyed().key_pem.reveal()).map_err(PkiError::Authority)?;
        if key.algorithm() != &rcgen::PKCS_ECDSA_P256_SHA256 {
            return Err(unreadable("only an authority with a P-256 key signs requests"));
        }
        let issuer = certificate::issuer(self.certificate_pem())?;
        let mut serial = [0_u8; SERIAL];
        OsRng
            .try_fill_bytes(&mut serial)
            .map_err(|_| unreadable("the operating system gives no random numbers"))?;
        serial[0] &= 0x7f;
        let algorithm = der::sequence(&[der::identifier(&ECDSA_SHA256)]);
        let to_be_signed = der::sequence(&[
            der::value(Tag::Part(0), &der::positive(&[2])),
            der::positive(&serial),
            algorithm.clone(),
            issuer.subject_der,
            der::sequence(&[der::time(validity.not_before), der::time(validity.not_after)]),
            request.subject_der.clone(),
            request.key_der.clone(),
            der::value(
                Tag::Part(3),
                &der::sequence(&extensions(request, uses, issuer.key_identifier.as_deref())),
            ),
        ]);
        let signature = key.sign(&to_be_signed).map_err(|source| PkiError::Make {
            subject: request.subject.common_name.clone(),
            source,
        })?;
        let certificate = der::sequence(&[to_be_signed, algorithm, der::bits(&signature)]);
        Ok(pem_text("CERTIFICATE", &certificate))
    }
}

fn extensions(request: &CertificateRequest, uses: &[KeyUse], key_identifier: Option<&[u8]>) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    // One without a flag is not valid, and OpenSSL refuses it (RFC 5280, 4.2.1.3).
    let flags = key_usage(uses);
    if flags != 0 {
        found.push(extension(&KEY_USAGE, true, &der::flags(flags)));
    }
    found.push(extension(&BASIC_CONSTRAINTS, true, &der::sequence(&[])));
    let purposes: Vec<Vec<u8>> = uses
        .iter()
        .filter_map(|usage| match usage {
            KeyUse::ServerAuth => Some(1),
            KeyUse::ClientAuth => Some(2),
            KeyUse::DigitalSignature | KeyUse::KeyEncipherment => None,
        })
        // 1.3.6.1.5.5.7.3.n
        .map(|purpose| der::identifier(&[0x2b, 6, 1, 5, 5, 7, 3, purpose]))
        .collect();
    if !purposes.is_empty() {
        found.push(extension(&EXTENDED_KEY_USAGE, false, &der::sequence(&purposes)));
    }
    if let Some(identifier) = key_identifier {
        let identifier = der::sequence(&[der::value(Tag::Value(0), identifier)]);
        found.push(extension(&AUTHORITY_KEY, false, &identifier));
    }
    if !request.names.is_empty() {
        let names: Vec<Vec<u8>> = request.names.iter().map(general_name).collect();
        found.push(extension(&ALTERNATIVE_NAMES, false, &der::sequence(&names)));
    }
    found
}

fn extension(identifier: &[u8], critical: bool, content: &[u8]) -> Vec<u8> {
    let mut parts = vec![der::identifier(identifier)];
    if critical {
        parts.push(der::value(Tag::Boolean, &[0xff]));
    }
    parts.push(der::value(Tag::OctetString, content));
    der::sequence(&parts)
}

fn key_usage(uses: &[KeyUse]) -> u8 {
    uses.iter().fold(0, |flags, usage| {
        flags
            | match usage {
                KeyUse::DigitalSignature => 0b1000_0000,
                KeyUse::KeyEncipherment => 0b0010_0000,
                KeyUse::ClientAuth | KeyUse::ServerAuth => 0,
            }
    })
}

fn general_name(name: &AlternativeName) -> Vec<u8> {
    match name {
        AlternativeName::Email(mailbox) => der::value(Tag::Value(1), mailbox.as_bytes()),
        AlternativeName::Dns(host) => der::value(Tag::Value(2), host.as_bytes()),
        AlternativeName::Uri(uri) => der::value(Tag::Value(6), uri.as_bytes()),
        AlternativeName::Ip(IpAddr::V4(address)) => der::value(Tag::Value(7), &address.octets()),
        AlternativeName::Ip(IpAddr::V6(address)) => der::value(Tag::Value(7), &address.octets()),
    }
}

fn unreadable(why: &str) -> PkiError {
    PkiError::Unreadable(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CertificateFacts;

    fn now() -> jiff::Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn request(names: &[&str]) -> String {
        generate("ada", &["one", "two"], names).unwrap().0
    }

    #[test]
    fn a_certificate_is_for_whom_the_request_is() {
        let authority = Authority::generate("ca", Validity::days(now(), 10)).unwrap();
        let request = CertificateRequest::of_pem(&request(&["host.example", "10.0.0.1", "::1"])).unwrap();
        assert_eq!(request.subject.common_name, "ada");
        assert_eq!(request.subject.organisations, ["one", "two"]);
        let uses = [
            KeyUse::DigitalSignature,
            KeyUse::KeyEncipherment,
            KeyUse::ClientAuth,
            KeyUse::ServerAuth,
        ];
        let validity = Validity::days(now(), 1);
        let pem = authority.sign_request(&request, &uses, validity).unwrap();
        let facts = CertificateFacts::of_pem(&pem).unwrap();
        assert_eq!(facts.subject, request.subject);
        assert_eq!(facts.names, ["host.example", "10.0.0.1", "::1"]);
        assert_eq!(
            (facts.not_before, facts.not_after),
            (validity.not_before, validity.not_after)
        );
        assert!(certificate::is_signed_by(&pem, authority.certificate_pem()).unwrap());
        let block = Pem::iter_from_buffer(pem.as_bytes()).next().unwrap().unwrap();
        let certificate = block.parse_x509().unwrap();
        let usage = certificate.key_usage().unwrap().unwrap().value;
        assert!(usage.digital_signature() && usage.key_encipherment() && !usage.key_cert_sign());
        let extended = certificate.extended_key_usage().unwrap().unwrap().value;
        assert!(extended.client_auth && extended.server_auth && !extended.any);
        assert!(!certificate.is_ca());
    }

    #[test]
    fn a_use_that_is_no_flag_leaves_no_empty_extension() {
        let authority = Authority::generate("ca", Validity::days(now(), 10)).unwrap();
        let request = CertificateRequest::of_pem(&request(&[])).unwrap();
        let pem = authority
            .sign_request(&request, &[KeyUse::ClientAuth], Validity::days(now(), 1))
            .unwrap();
        let block = Pem::iter_from_buffer(pem.as_bytes()).next().unwrap().unwrap();
        let certificate = block.parse_x509().unwrap();
        assert!(certificate.key_usage().unwrap().is_none());
        assert!(
            certificate
                .extended_key_usage()
                .unwrap()
                .unwrap()
                .value
                .client_auth
        );
    }

    #[test]
    fn serial_numbers_differ() {
        let authority = Authority::generate("ca", Validity::days(now(), 10)).unwrap();
        let request = CertificateRequest::of_pem(&request(&[])).unwrap();
        let sign = || {
            authority
                .sign_request(&request, &[KeyUse::ClientAuth], Validity::days(now(), 1))
                .unwrap()
        };
        assert_ne!(sign(), sign());
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let good = request(&[]);
        let foreign = good.replace("CERTIFICATE REQUEST", "CERTIFICATE");
        // One byte of the text in the middle: the signature does not hold any more, or the form does not.
        let mut changed = good.clone().into_bytes();
        let middle = changed.len() / 3;
        changed[middle] = if changed[middle] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        for text in ["", "hello", &foreign, &changed] {
            assert!(CertificateRequest::of_pem(text).is_err(), "{text}");
        }
    }
}
