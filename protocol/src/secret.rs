//! Three secrets of 256 bits: they look alike and must never be taken for one another.

use zeroize::Zeroize;

use crate::{IdError, encoding};

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Text form: 43 characters of base64url. No `Debug`; wiped on drop.
        #[derive(Clone)]
        pub struct $name([u8; 32]);

        impl $name {
            /// From 32 random bytes.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }
            /// From its text form.
            ///
            /// # Errors
            /// Anything but 43 characters of canonical base64url.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                encoding::from_url(text).map(Self)
            }
            /// The text form; the caller answers for where it goes.
            #[must_use]
            pub fn expose(&self) -> String {
                encoding::url(&self.0)
            }
            /// The 32 bytes, for hashing.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                self.0.zeroize();
            }
        }
    };
}

secret! {
    /// The browser's half: the value of the cookie `__Host-kyso-half`.
    Half
}
secret! {
    /// The return code, given in the reply to an answer and redeemed once.
    ReturnCode
}
secret! {
    /// The agent's handle of a session that it brokered; it opens nothing.
    Handle
}
