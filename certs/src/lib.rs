//! What a certificate says, and whether to believe it.
//!
//! [`Certificate`] reads one DER certificate and the name in it as Vietnamese CAs write it; [`TrustStore`] holds the
//! anchors of the two trust worlds; [`judge`] decides, for a time that the caller names, whether a certificate may
//! be used, and only it makes a [`Verified`]. [`wanted`] says what [`Evidence`] would settle whether it was revoked, and where
//! that is; [`Bundle`] is a signed update of what is trusted.
//!
//! Not here: files, sockets, clocks, randomness. Bytes, the time and the trust material are parameters; evidence is
//! never fetched. What a login is, and whose account it opens, is the protocol's business.

mod anchors;
mod bundle;
mod certificate;
mod chain;
mod error;
mod extensions;
mod identity_key;
mod key;
mod login_use;
mod name_key;
mod own_policy;
mod path_policies;
mod pem;
mod policy;
mod revocation;
mod signature_kind;
mod subject;
mod trust_file;

pub use anchors::{CaEntry, Method, TrustStore, TrustStoreBuilder, World, WorldChoice};
pub use bundle::{Bundle, BundleError, BundleKey, Installed};
pub use certificate::Certificate;
pub use chain::{Verified, judge, judge_answer, wanted};
pub use error::{
    CertError, CertificateError, CrlError, SubjectError, TrustError, Unjudged, UseError, Whose,
};
pub use identity_key::{IdentityKey, SubjectKind};
pub use key::{Curve, PssHash, PublicKey};
pub use login_use::{ACCEPTED_FOR_LOGIN, AcceptedUse};
pub use own_policy::OwnPolicy;
pub use path_policies::PathPolicies;
pub use policy::{CertPurpose, PolicyName, Rule, Settings, fit_for_login};
pub use revocation::{
    Answered, Crl, CrlDoubt, Doubt, Evidence, LinkStatus, NONCE_LEN, OcspAnswer, OcspError,
    OcspResponse, Revocation, RevocationRule, RevocationSettings, SaidBy, Source, Wanted,
};
pub use subject::{Class, Id, Identity, Scheme, Subject};
