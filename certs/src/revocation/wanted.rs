//! What evidence would settle a certificate, and where the certificate says that it is.

use super::ocsp::Asked;
use crate::certificate::Certificate;

/// Length of the nonces of requests, in bytes (RFC 9654, 2.1).
pub const NONCE_LEN: usize = 32;
/// Most addresses of one kind that are named for one certificate.
const MAX_ADDRESSES: usize = 4;
/// Longest address, in bytes.
const MAX_ADDRESS: usize = 1024;

/// The evidence that would settle one certificate of a path that ends in an anchor.
///
/// The addresses are the certificate's own: http or https, ASCII, at most four of a kind and 1024 bytes each. Whether
/// this machine may meet such a host is for whoever fetches to say.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The certificate.
    pub certificate: Certificate,
    /// The certificate of the CA that issued it.
    pub issuer: Certificate,
    /// Responders, for a POST of [`Wanted::request`] as `application/ocsp-request`.
    pub ocsp: Vec<String>,
    /// Where the issuer publishes its list.
    pub crl: Vec<String>,
}

impl Wanted {
    /// The DER of the OCSP request; `nonce` fresh and random, or none for a responder that doesn't take one. `None` for a
    /// certificate whose serial number OCSP cannot name.
    pub fn request(&self, nonce: Option<&[u8; NONCE_LEN]>) -> Option<Vec<u8>> {
        let nonce = nonce.map(<[u8; NONCE_LEN]>::as_slice);
        Asked::new(&self.certificate, &self.issuer).request(nonce)
    }
}

/// What is wanted for one certificate.
pub(crate) fn link(certificate: &Certificate, issuer: &Certificate) -> Wanted {
    let uses = certificate.uses();
    let lists = uses.points.iter().flat_map(|point| &point.addresses);
    Wanted {
        certificate: certificate.clone(),
        issuer: issuer.clone(),
        ocsp: usable(uses.responders.iter()),
        crl: usable(lists),
    }
}

fn usable<'a>(addresses: impl Iterator<Item = &'a String>) -> Vec<String> {
    let web = |address: &&String| {
        let lower = address.get(..8).unwrap_or(address).to_ascii_lowercase();
        (lower.starts_with("http://") || lower.starts_with("https://"))
            && address.len() <= MAX_ADDRESS
            && address.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let mut found: Vec<String> = Vec::new();
    for address in addresses.filter(web) {
        if found.len() < MAX_ADDRESSES && !found.contains(address) {
            found.push(address.clone());
        }
    }
    found
}
