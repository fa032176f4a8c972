//! Every place on this portal that its pages link or post to.

/// Home page.
pub const HOME: &str = "/";
/// Choose the subject and the method (GET).
pub const REGISTER: &str = "/register";
/// Register with a USB token (GET).
pub const REGISTER_USB: &str = "/register/usb";
/// What the certificate says: the pending registration of this browser (GET), its end (POST).
pub const REGISTER_CONFIRM: &str = "/register/confirm";
/// Sign in (GET).
pub const LOGIN: &str = "/login";
/// The click that opens the session (POST).
pub const LOGIN_CONFIRM: &str = "/login/confirm";
/// The click that registers a renewed certificate and opens the session (POST).
pub const LOGIN_RENEW: &str = "/login/renew";
/// The click that throws the sign-in away (POST).
pub const LOGIN_REFUSE: &str = "/login/refuse";
/// Makes an ask (POST); the reply leads to [`WAIT`]`/<id>`.
pub const ASKS: &str = "/asks";
/// Waiting pages: `/wait/<id>` and `/wait/<id>/state`.
pub const WAIT: &str = "/wait";
/// Return page (GET) and the presentation of the return code (POST).
pub const RETURN: &str = "/.well-known/kyso/return";
/// Identity information of the signed-in account (GET).
pub const ACCOUNT: &str = "/account";
/// The account's authentication methods (GET).
pub const METHODS: &str = "/account/methods";
/// Open sessions and access history (GET).
pub const SIGN_INS: &str = "/account/sign-ins";
/// Ends one session of the account (POST).
pub const END_SESSION: &str = "/account/sign-ins/end";
/// Ends every session of the account but this one (POST).
pub const END_OTHERS: &str = "/account/sign-ins/end-others";
/// Links a device of the account (POST).
pub const LINK_DEVICE: &str = "/account/devices/link";
/// Unlinks a device of the account (POST).
pub const UNLINK_DEVICE: &str = "/account/devices/unlink";
/// Ends this session (POST).
pub const SIGN_OUT: &str = "/sign-out";
/// Chooses the language and goes back (POST).
pub const LANGUAGE: &str = "/language";
/// Terms of use (GET).
pub const TERMS: &str = "/terms";
/// Information sharing policy (GET).
pub const POLICY: &str = "/policy";
/// How to register (GET).
pub const HELP_REGISTER: &str = "/help/register";
/// How to sign in (GET).
pub const HELP_SIGN_IN: &str = "/help/sign-in";
/// The signing helper's packages (GET), where a folder of them is configured; `/download/<name>` is one.
pub const DOWNLOAD: &str = "/download";
/// The sample service, which demands a session (GET).
pub const SERVICE: &str = "/services/sample";
/// Style sheet, scripts and icon, served from [`super::asset`] (GET `/static/<name>`).
pub const STATIC: &str = "/static";
/// For monitors; no page.
pub const HEALTH: &str = "/healthz";

/// All of them, for the test that each one is answered.
pub const ALL: [&str; 27] = [
    HOME,
    REGISTER,
    REGISTER_USB,
    REGISTER_CONFIRM,
    LOGIN,
    LOGIN_CONFIRM,
    LOGIN_RENEW,
    LOGIN_REFUSE,
    ASKS,
    WAIT,
    RETURN,
    ACCOUNT,
    METHODS,
    SIGN_INS,
    END_SESSION,
    END_OTHERS,
    LINK_DEVICE,
    UNLINK_DEVICE,
    SIGN_OUT,
    LANGUAGE,
    TERMS,
    POLICY,
    HELP_REGISTER,
    HELP_SIGN_IN,
    DOWNLOAD,
    SERVICE,
    STATIC,
];
