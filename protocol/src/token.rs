//! The authentication token, `web-eid:1.0`.

use serde::Serialize;
use serde_json::Value;

use crate::limits::{TOKEN_MAX, TOKEN_MIN};
use crate::{Algorithm, TokenError, encoding, json};

/// The one format that is taken; official libraries take any text that begins so.
pub const FORMAT: &str = "web-eid:1.0";

/// A token whose form is right and of which nothing is verified. Origin and nonce are not in it on purpose: a
/// verifier has to use those that it kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    certificate: Vec<u8>,
    algorithm: Algorithm,
    signature: Vec<u8>,
    app_version: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    unverified_certificate: String,
    algorithm: &'a str,
    signature: String,
    format: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_version: Option<&'a str>,
}

impl Token {
    /// From its parts: the certificate in DER; the signature as RSA bytes or `r‖s`; the address of the program's
    /// version.
    #[must_use]
    pub fn new(
        certificate: Vec<u8>,
        algorithm: Algorithm,
        signature: Vec<u8>,
        app_version: Option<String>,
    ) -> Self {
        Self {
            certificate,
            algorithm,
            signature,
            app_version,
        }
    }

    /// Reads a token of 100 to 10 000 bytes. Members that the format doesn't name are passed over, as the official
    /// libraries do (a page adds `action`); a member twice is refused.
    ///
    /// # Errors
    /// One variant a cause; see [`TokenError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, TokenError> {
        Self::from_value(&json::parse(bytes, TOKEN_MIN..=TOKEN_MAX)?)
    }

    pub(crate) fn from_value(value: &Value) -> Result<Self, TokenError> {
        if text(value, "format")? != FORMAT {
            return Err(TokenError::Format);
        }
        let app_version = match value.get("appVersion") {
            None => None,
            Some(_) => Some(text(value, "appVersion")?.to_owned()),
        };
        Ok(Self {
            algorithm: text(value, "algorithm")?
                .parse()
                .map_err(|()| TokenError::Algorithm)?,
            certificate: bytes(value, "unverifiedCertificate")?,
            signature: bytes(value, "signature")?,
            app_version,
        })
    }

    /// The token as a page or an answer carries it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let wire = Wire {
            unverified_certificate: encoding::standard(&self.certificate),
            algorithm: self.algorithm.as_str(),
            signature: encoding::standard(&self.signature),
            format: FORMAT,
            app_version: self.app_version.as_deref(),
        };
        serde_json::to_value(wire).unwrap_or_default()
    }

    /// What claims to be the certificate, in DER.
    #[must_use]
    pub fn unverified_certificate(&self) -> &[u8] {
        &self.certificate
    }
    /// The algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
    /// The signature's bytes.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}

fn text<'a>(value: &'a Value, member: &'static str) -> Result<&'a str, TokenError> {
    value
        .get(member)
        .and_then(Value::as_str)
        .ok_or(TokenError::Member(member))
}

fn bytes(value: &Value, member: &'static str) -> Result<Vec<u8>, TokenError> {
    let decoded =
        encoding::from_standard(text(value, member)?).ok_or(TokenError::Base64(member))?;
    if decoded.is_empty() {
        Err(TokenError::Member(member))
    } else {
        Ok(decoded)
    }
}
