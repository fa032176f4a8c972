//! Every size limit of the protocol, once. Sizes are checked before anything is parsed or allocated.

/// A statement, in bytes.
pub const STATEMENT_MAX: usize = 2048;
/// An answer, in bytes: a token and little else.
pub const ANSWER_MAX: usize = 12 * 1024;
/// A portal's reply to an answer, in bytes.
pub const REPLY_MAX: usize = 4 * 1024;
/// A call about a session, in bytes.
pub const SESSION_CALL_MAX: usize = 1024;
/// An authentication token, in bytes; the bounds of the Web eID validators.
pub const TOKEN_MIN: usize = 100;
/// See [`TOKEN_MIN`].
pub const TOKEN_MAX: usize = 10_000;
/// A nonce, in characters; the bounds of the Web eID application.
pub const NONCE_MIN: usize = 44;
/// See [`NONCE_MIN`].
pub const NONCE_MAX: usize = 128;
/// A host name, in characters (RFC 1035, without the final dot).
pub const HOST_MAX: usize = 253;
/// A deep link, in characters: scheme, version, host, port, id.
pub const LINK_MAX: usize = 300;
/// A text that is to be confirmed, in characters.
pub const TEXT_CHARS_MAX: usize = 600;
/// The same, in bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 1400;
/// The same, in lines.
pub const TEXT_LINES_MAX: usize = 12;
/// The longest life of an ask, in seconds.
pub const ASK_SECONDS_MAX: i64 = 300;
/// The life of a return code, in seconds.
pub const RETURN_CODE_SECONDS: i64 = 60;
/// How many answers may fail before the signature is proved; the last of them closes the ask.
pub const FAILED_ANSWERS_MAX: u32 = 3;
/// RSA moduli that are taken, in bits.
pub const RSA_BITS: std::ops::RangeInclusive<u32> = 2048..=8192;
