//! Private keys as other tools write them: PKCS #1 (RSA) and SEC 1 (elliptic curves) beside PKCS #8.
//!
//! The generator reads PKCS #8 only, while Cluster API and kubeadm keep the keys of their authorities as PKCS #1 and SEC 1.

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384};
use ring::rand::{SecureRandom as _, SystemRandom};
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::rand_core::{TryCryptoRng, TryRng};
use x509_parser::pem::Pem;

use crate::PkiError;
use crate::der::{self, Tag};

/// `rsaEncryption`, 1.2.840.113549.1.1.1.
const RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// `id-ecPublicKey`, 1.2.840.10045.2.1.
const ELLIPTIC: [u8; 7] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// `prime256v1`, 1.2.840.10045.3.1.7.
const P256: [u8; 8] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// `secp384r1`, 1.3.132.0.34.
const P384: [u8; 5] = [0x2b, 0x81, 0x04, 0x00, 0x22];
/// ASN.1's NULL.
const NULL: [u8; 2] = [0x05, 0x00];

/// What a new key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyKind {
    /// ECDSA over P-256.
    #[default]
    EcdsaP256,
    /// ECDSA over P-384.
    EcdsaP384,
    /// RSA with a modulus of 2048 bits. To make one takes a good part of a second, and a multiple of that for longer ones.
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
}

impl KeyKind {
    pub(crate) fn generate(self) -> Result<KeyPair, rcgen::Error> {
        match self {
            Self::EcdsaP256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
            Self::EcdsaP384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
            Self::Rsa2048 => rsa_key(2048),
            Self::Rsa3072 => rsa_key(3072),
            Self::Rsa4096 => rsa_key(4096),
        }
    }

    /// Whether making one takes so long that nothing else should wait for it.
    pub fn is_slow(self) -> bool {
        match self {
            Self::EcdsaP256 | Self::EcdsaP384 => false,
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => true,
        }
    }
}

/// A new RSA key, handed on as PKCS #8 to what signs with it.
fn rsa_key(bits: usize) -> Result<KeyPair, rcgen::Error> {
    let made = rsa::PrivateKey::new(&mut SystemNumbers, bits);
    let made = made.ok().and_then(|key| key.to_pkcs8_der().ok());
    let made = made.ok_or(rcgen::Error::KeyGenerationUnavailable)?;
    KeyPair::try_from(made.as_bytes())
}

/// Nothing can be made then.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers")]
struct NoNumbers;

/// The system's random numbers, as the generator of primes takes them.
struct SystemNumbers;

impl TryRng for SystemNumbers {
    type Error = NoNumbers;

    fn try_next_u32(&mut self) -> Result<u32, NoNumbers> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, NoNumbers> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), NoNumbers> {
        SystemRandom::new().fill(bytes).map_err(|_| NoNumbers)
    }
}

impl TryCryptoRng for SystemNumbers {}

/// Reads a private key of any of the three forms. Blocks of other labels before it, such as curve parameters, are passed over.
pub(crate) fn read(text: &str) -> Result<KeyPair, PkiError> {
    let unreadable = || PkiError::Authority(rcgen::Error::CouldNotParseKeyPair);
    let block = Pem::iter_from_buffer(text.as_bytes())
        .filter_map(Result::ok)
        .find(|block| block.label.ends_with("PRIVATE KEY"))
        .ok_or_else(unreadable)?;
    let candidates = match block.label.as_str() {
        "RSA PRIVATE KEY" => vec![wrapped(&[der::identifier(&RSA), NULL.to_vec()], &block.contents)],
        "EC PRIVATE KEY" => [P256.as_slice(), P384.as_slice()]
            .iter()
            .map(|curve| {
                wrapped(
                    &[der::identifier(&ELLIPTIC), der::identifier(curve)],
                    &block.contents,
                )
            })
            .collect(),
        _ => vec![block.contents],
    };
    candidates
        .iter()
        .find_map(|bytes| KeyPair::try_from(bytes.as_slice()).ok())
        .ok_or_else(unreadable)
}

/// A key in PKCS #8: version, algorithm, and the key as a string of bytes.
fn wrapped(algorithm: &[Vec<u8>], key: &[u8]) -> Vec<u8> {
    der::sequence(&[
        der::positive(&[]),
        der::sequence(algorithm),
        der::value(Tag::OctetString, key),
    ])
}

#[cfg(test)]
mod tests;
