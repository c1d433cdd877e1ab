//! Keys as OpenSSL and kubeadm write them. They were made for this test and open nothing.

use super::*;
use crate::{Authority, KeyedCertificate, Validity, certificate};
use fleetui_base::redact::Secret;

const RSA_KEY: &str = "\
-----BEGIN RSA PRIVATE KEY-----\n\
MIIEowIBAAKCAQEAu9lVegzGYn4KnE3CppnUDwMuN14wKN1ktOMrE6GkNxJP3Gjd\n\
uiJEgeN8SVMuaHCAgNVZnHO0bKImJiFzEgwGNmvEXTg8/WfNFqF4ulG3eFNmCgH1\n\
5UU3xEg8ISTZbGymP+rYYAXj70Bg0+ANQkbgdqsPcU/jDSsg1iCkAy58kwAFKW3w\n\
iFOppwgMniUUZyblr4yqev98MQxer+vE7qxUP3B3XNBVGjzVm7+dJzWz9lIlUddi\n\
0tW5KJGALUJ2TWnaEyyCNI8L0nqwubganRD209G6MTnrSun2TBaRuL3EOmKhElph\n\
Fyw+hxF0VrFoE+ctB2SoqGSN86SS6iYx4nf9rwIDAQABAoIBABIJo3iNw3rvqWsq\n\
2FcRDFjIsGZmp+80mxf3fEptSgxzuLFsbGYUJknmoyeTUjB7JQu58NniDmAkDc+5\n\
hIgmGW6eWIOvA8Q9dGcI6EPT1u856uFpIMh8Jge1+/gexrXvlOMsVMybpDB0GRgf\n\
OoazsZgTgu8Zga7hBk0pYzZe/11KB8uhD3pJ6t+qm7a+/0QS8PpkCd1U3Ry2WO/e\n\
ZL3MaMLmLUMttJV9u7QfX50dFUGmCWrnKP/rOiSs26YPfg/P4RoEalYBSUgdxiC+\n\
ezaaybtOz7hXfZZRJkE5rl6IT8LA6ZBGnLoIeuZTpFeophBtjKDJVznFdSN7H7vJ\n\
JOL6GyECgYEA9udyKmif53/AG5POyVfqtCJb8EEGOoR6YMgaQ7NHbIfEsLhxS7TK\n\
ytkqzNOejmov6/YNVptdDM+7TapMk9Ypst2WgXQAinAfvfrZs0Aqed3RLAmKtQuw\n\
/IKgeHGo6UmBrepcvp54aB7YePtllYWSTks9UmfRQpMo4IndL0DGxbECgYEAwsTw\n\
TDtjpxPQ+jg8a49efBrMEw6J0M3T8tTt6ld1ErQszoUCF6BWXyLzCidiKoVzQZQR\n\
KRiq1EyCtWIA/D6gUxETKUsMEsIyA5tUimKOCS5xr4GpCArL7gPhbeyfMkdL7PcW\n\
CulrL4EjMNa4U9/+BAZlag8UnsYM/1i5QpNp8V8CgYBDnRADkxEvGSnno2t+ccgB\n\
OmOJAJWPEtZciI/AuGi3zNpNNsU34TOjpyL0YoNKJsQmzwPKEtPBfWWimB9OYNic\n\
ddgQbU70mk3m/bn+P3UiWF8+uwI0IBaAn9kIAsAp2opbsRFi1gzNHp1TTCz+bEyr\n\
iikp1upUW+5Wxwo+NXP5kQKBgEMqNtOTB2Juavpeujc9UY/qjcVklhHzaMussf7F\n\
+hFhILJ3G6maGS7llnpB6pBPRNewf9p0LzTWzZxPF5fk4NTEZp8uyhMN9MFZp2Wx\n\
ZtmzsnCbffbQAlMp82s81gk4nO4ypt9MbzIKjmAhK5+A9s/chMx2Nt4p3gGQTxKu\n\
UzJxAoGBAOtuNb+z3olnFkoOSqQ9E9MrbG4tnPVUSPFDeca1pLJvSni8AJsek/ix\n\
zEKsKL0Lz5lEQsBzk2/zioTWj4/4Q/mvqB1e14C7/I/GZilZr3xprRVbMMkt05EF\n\
JFTFQXB6/Qe9YS6dg1rZ3oNKpUt2OaMiVdWlJ0mAbzMa2TEVWE0k\n\
-----END RSA PRIVATE KEY-----\n\
";
const RSA_CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIDDTCCAfWgAwIBAgIUWsWR/dLfDPQCYPIw8mkXrJDoZZwwDQYJKoZIhvcNAQEL\n\
BQAwFTETMBEGA1UEAwwKa3ViZXJuZXRlczAgFw0yNjExMjYwMzQ4MTBaGA8yMTI2\n\
MTEwMjAzNDgxMFowFTETMBEGA1UEAwwKa3ViZXJuZXRlczCCASIwDQYJKoZIhvcN\n\
AQEBBQADggEPADCCAQoCggEBALvZVXoMxmJ+CpxNwqaZ1A8DLjdeMCjdZLTjKxOh\n\
pDcST9xo3boiRIHjfElTLmhwgIDVWZxztGyiJiYhcxIMBjZrxF04PP1nzRaheLpR\n\
t3hTZgoB9eVFN8RIPCEk2Wxspj/q2GAF4+9AYNPgDUJG4HarD3FP4w0rINYgpAMu\n\
fJMABSlt8IhTqacIDJ4lFGcm5a+Mqnr/fDEMXq/rxO6sVD9wd1zQVRo81Zu/nSc1\n\
s/ZSJVHXYtLVuSiRgC1Cdk1p2hMsgjSPC9J6sLm4Gp0Q9tPRujE560rp9kwWkbi9\n\
xDpioRJaYRcsPocRdFaxaBPnLQdkqKhkjfOkkuomMeJ3/a8CAwEAAaNTMFEwHQYD\n\
VR0OBBYEFC5+V3pgpYAAgrJGHGRGetJQvwk/MB8GA1UdIwQYMBaAFC5+V3pgpYAA\n\
grJGHGRGetJQvwk/MA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEB\n\
AJuv4c8tmHp3r1OE3mTKzyr3m6zig/7pK9YAEoEpm0Zl7U2VSX1yQgnEvceX3vot\n\
b+y5BkszNDfCyZfXqpVvgXuo1GrwUJsb309PagIQ5AEGqpSrZBCsU4T4Sb7VTVom\n\
Tgfz5aGQUmT27JQ5Nl20kgpgwDFpqmoD/yn46rZNT54oHAoKpePTDmOARJcyPH8H\n\
q+3DDuniF37Eb5s1raigekvmpDCqxFWx79hqCGuSONFik4QmP435hF2+CvLJWKTv\n\
RITElh0EFTQ1Xpai4TjqqzFkO9TnyZ9d+ewPuAyxQAYX6Bl7gBwTe2RVjLt8jThf\n\
vTBMC1sTRklJJnmdvTKAhKY=\n\
-----END CERTIFICATE-----\n\
";
const P256_KEY: &str = "\
-----BEGIN EC PARAMETERS-----\n\
BggqhkjOPQMBBw==\n\
-----END EC PARAMETERS-----\n\
-----BEGIN EC PRIVATE KEY-----\n\
MHcCAQEEIPVBbPo+qwtSdnl73UobTn5QRTo1uAmPmBUN7tD/gcLMoAoGCCqGSM49\n\
AwEHoUQDQgAEZueq8Iz/EUpqICuG+dHdpnLTv7+Rmposqrbg7XWh9jL+3HB2Zq1t\n\
R/8P946XW2I0+pKkR4fkj3+/DNVVMjJVYQ==\n\
-----END EC PRIVATE KEY-----\n\
";
const P384_KEY: &str = "\
-----BEGIN EC PARAMETERS-----\n\
BgUrgQQAIg==\n\
-----END EC PARAMETERS-----\n\
-----BEGIN EC PRIVATE KEY-----\n\
MIGkAgEBBDAhySTS+iA4LR71KVwRdWRmLjNEKRPF812PvGR4ltZPXIDZmycwH5z5\n\
ofDpKcdvqrGgBwYFK4EEACKhZANiAATYt9i41eElmy8ehYODjolNI9IcTbCLYiJw\n\
II0U/Ov7F4EFdFaovdjjVZBa/Sjgw3T9nyXggUg8XZzbDVt8MgkDGQ+0ne248xEn\n\
MvKcSplWsKkKHMA8jvT/kbrAUtKc+g4=\n\
-----END EC PRIVATE KEY-----\n\
";

#[test]
fn an_authority_with_an_rsa_key_as_cluster_api_keeps_it_signs() {
    let keyed = KeyedCertificate {
        certificate_pem: RSA_CERTIFICATE.to_owned(),
        key_pem: Secret::new(RSA_KEY.to_owned()),
    };
    let authority = Authority::from_pem(keyed).unwrap();
    let now = "2026-11-23T12:00:00Z".parse().unwrap();
    let client = authority
        .issue_client("kubernetes-admin", Some("system:masters"), Validity::days(now, 1))
        .unwrap();
    assert!(certificate::is_signed_by(&client.certificate_pem, RSA_CERTIFICATE).unwrap());
}

#[test]
fn elliptic_keys_are_read_with_and_without_their_parameters() {
    for (text, kind) in [(P256_KEY, KeyKind::EcdsaP256), (P384_KEY, KeyKind::EcdsaP384)] {
        let key = read(text).unwrap();
        let bare = text.split_once("-----END EC PARAMETERS-----\n").unwrap().1;
        assert_eq!(read(bare).unwrap().public_key_raw(), key.public_key_raw());
        assert!(key.is_compatible(match kind {
            KeyKind::EcdsaP256 => &PKCS_ECDSA_P256_SHA256,
            KeyKind::EcdsaP384 => &PKCS_ECDSA_P384_SHA384,
            KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => unreachable!("no curve"),
        }));
        // What the generator writes itself is PKCS #8.
        assert_eq!(
            read(&key.serialize_pem()).unwrap().public_key_raw().len(),
            kind.generate().unwrap().public_key_raw().len()
        );
    }
}

/// kubeadm's own default, and what Cluster API makes where nothing else is asked for.
#[test]
fn rsa_keys_are_made_and_sign() {
    let now = "2026-11-23T12:00:00Z".parse().unwrap();
    let validity = Validity::days(now, 1);
    for (kind, bytes) in [(KeyKind::Rsa2048, 256), (KeyKind::Rsa3072, 384)] {
        assert!(kind.is_slow());
        let authority = Authority::generate_with("kubernetes", validity, kind).unwrap();
        let keyed = authority.keyed().clone();
        assert!(keyed.key_pem.reveal().starts_with("-----BEGIN PRIVATE KEY-----"));
        let key = read(keyed.key_pem.reveal()).unwrap();
        // The modulus, its sign, and what stands around it and the exponent.
        assert!((bytes..bytes + 20).contains(&key.public_key_raw().len()));
        let again = Authority::from_pem(keyed).unwrap();
        let client = again.issue_client("ada", None, validity).unwrap();
        assert!(certificate::is_signed_by(&client.certificate_pem, authority.certificate_pem()).unwrap());
    }
    let other = Authority::generate_with("kubernetes", validity, KeyKind::Rsa2048).unwrap();
    let twin = Authority::generate_with("kubernetes", validity, KeyKind::Rsa2048).unwrap();
    assert_ne!(other.keyed().key_pem, twin.keyed().key_pem);
}

#[test]
fn what_is_no_key_is_an_error() {
    for text in [
        "",
        "nonsense",
        RSA_CERTIFICATE,
        "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}
