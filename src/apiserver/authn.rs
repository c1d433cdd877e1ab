//! Who is asking: client certificates and bearer tokens become identities.

/// Who a request comes from. The server puts one into the extensions of every request that it lets in;
/// a request without one came from inside the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user's name; the common name of a certificate.
    pub user: String,
    /// The user's groups; the organisations of a certificate.
    pub groups: Vec<String>,
}
