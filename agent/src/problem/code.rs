//! The codes of problems: short, stable, the same in every language.

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)+) => {
        /// The code of a problem. Short, stable, the same in every language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $variant,)+ }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The code as it is shown.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

codes! {
    /// A try was spent.
    PinWrong = "PIN-WRONG",
    /// No try is left.
    PinLocked = "PIN-LOCKED",
    /// The token can't have such a PIN.
    PinForm = "PIN-FORM",
    /// The PIN of delivery must be changed.
    PinMustChange = "PIN-MUST-CHANGE",
    /// The token can't have such a new PIN.
    PinNewForm = "PIN-NEW-FORM",
    /// The new PIN was typed in two ways.
    PinNewDiffers = "PIN-NEW-DIFFERS",
    /// The new PIN is the old one.
    PinNewSame = "PIN-NEW-SAME",
    /// The token refuses the new PIN.
    PinNewRefused = "PIN-NEW-REFUSED",
    /// The driver failed in the middle of a change.
    PinUncertain = "PIN-UNCERTAIN",
    /// The PIN is changed with another program only.
    PinElsewhere = "PIN-ELSEWHERE",
    /// The module sees a token that it doesn't know.
    TokenUnknown = "TOKEN-UNKNOWN",
    /// The token can't make such a signature.
    TokenUnable = "TOKEN-UNABLE",
    /// The certificate is there, its key isn't.
    KeyAbsent = "KEY-ABSENT",
    /// More than one token, and none was named.
    TokenSeveral = "TOKEN-SEVERAL",
    /// No token, or not the one with the chosen certificate.
    TokenAbsent = "TOKEN-ABSENT",
    /// Pulled out in the middle.
    TokenRemoved = "TOKEN-REMOVED",
    /// Held by another program.
    TokenBusy = "TOKEN-BUSY",
    /// Nothing on the token can be used.
    TokenEmpty = "TOKEN-EMPTY",
    /// No module for the token.
    DriverMissing = "DRIVER-MISSING",
    /// A module for another machine.
    DriverWrongKind = "DRIVER-WRONG-KIND",
    /// A module whose file can't be loaded.
    DriverBroken = "DRIVER-BROKEN",
    /// A module that reported an error.
    DriverFailed = "DRIVER-FAILED",
    /// A module whose process ended.
    ModuleDied = "MODULE-DIED",
    /// A module that didn't answer.
    ModuleTimeout = "MODULE-TIMEOUT",
    /// Expired.
    CertExpired = "CERT-EXPIRED",
    /// Not valid yet.
    CertNotYetValid = "CERT-NOT-YET-VALID",
    /// Revoked.
    CertRevoked = "CERT-REVOKED",
    /// No path to an anchor.
    CertUntrusted = "CERT-UNTRUSTED",
    /// Key or hash too weak.
    CertWeak = "CERT-WEAK",
    /// Not for signing in.
    CertWrongUse = "CERT-WRONG-USE",
    /// Of another kind of subject.
    CertWrongSubject = "CERT-WRONG-SUBJECT",
    /// Against the policy.
    CertPolicy = "CERT-POLICY",
    /// Not readable.
    CertUnreadable = "CERT-UNREADABLE",
    /// The certificate that was named isn't there.
    CertAbsent = "CERT-ABSENT",
    /// No evidence about revocation.
    RevocationUnknown = "REVOCATION-UNKNOWN",
    /// The certificate has no account.
    AccountNone = "ACCOUNT-NONE",
    /// The ask is too old.
    AskExpired = "ASK-EXPIRED",
    /// The ask was answered before.
    AskUsed = "ASK-USED",
    /// The statement breaks the protocol.
    AskInvalid = "ASK-INVALID",
    /// The statement names another origin than the one it came from.
    OriginMismatch = "ORIGIN-MISMATCH",
    /// Blocked in the settings.
    OriginBlocked = "ORIGIN-BLOCKED",
    /// Neither public nor listed.
    OriginRefused = "ORIGIN-REFUSED",
    /// No connection.
    PortalUnreachable = "PORTAL-UNREACHABLE",
    /// The answer was on its way, and the portal said nothing to it.
    AnswerLost = "ANSWER-LOST",
    /// Not verified.
    PortalTls = "PORTAL-TLS",
    /// The portal refused the answer.
    PortalRefused = "PORTAL-REFUSED",
    /// The portal broke the protocol.
    PortalReply = "PORTAL-REPLY",
    /// The key isn't of a kind that the ask takes.
    AlgorithmRefused = "ALGORITHM-REFUSED",
    /// The token's signature doesn't verify.
    SignatureInvalid = "SIGNATURE-INVALID",
    /// Six requests within a minute.
    TooMany = "TOO-MANY",
    /// Another login is under way.
    Busy = "BUSY",
    /// The person said no.
    Cancelled = "CANCELLED",
    /// Nowhere to show a window.
    NoDisplay = "NO-DISPLAY",
    /// The window's program can't be started.
    WindowAbsent = "WINDOW-ABSENT",
    /// The window's program is of another version than the agent that runs.
    WindowVersion = "WINDOW-VERSION",
    /// The window shows nothing of what it is given.
    WindowSilent = "WINDOW-SILENT",
    /// The signing history could not be written.
    HistoryLost = "HISTORY-LOST",
    /// No agent runs.
    AgentAbsent = "AGENT-ABSENT",
    /// The agent that runs doesn't answer.
    AgentSilent = "AGENT-SILENT",
    /// The folder where programs of the session meet can't be used.
    Folder = "FOLDER",
    /// The window is gone.
    WindowClosed = "WINDOW-CLOSED",
    /// Not a `kyso:` link.
    LinkInvalid = "LINK-INVALID",
    /// The settings file.
    SettingsInvalid = "SETTINGS-INVALID",
    /// A setting that wasn't written.
    SettingRefused = "SETTING-REFUSED",
    /// The administrator's file.
    PolicyRefused = "POLICY-REFUSED",
    /// Nothing keeps this computer's keys.
    NoKeychain = "NO-KEYCHAIN",
    /// Something of our own.
    Internal = "INTERNAL",
}
