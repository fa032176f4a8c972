//! The window's own copy of these types, as TypeScript: `ui/src/types.ts` is written from here and compared with here.

use std::path::Path;

use ts_rs::{Config, TS};

use crate::{
    About, Act, Check, Choose, Consent, Done, Driver, Fact, Failed, Finding, Found, History,
    HistoryRow, Identities, InstalledBrowser, Intact, Language, Level, NoKeychain, OriginShown,
    Page, Permission, Pin, Problem, Purpose, Remembered, Row, Screen, SelfTest, Setting, Settings,
    Shown, Site, Sites, Subject, TextShown, Token, Tries, Waiting, Welcome,
};

macro_rules! declared {
    ($($type:ty,)+) => {
        {
            let config = Config::default();
            [$(format!("export {}\n", <$type as TS>::decl(&config)),)+].concat()
        }
    };
}

fn written() -> String {
    let types = declared![
        Shown,
        Screen,
        Language,
        Purpose,
        Subject,
        OriginShown,
        TextShown,
        Row,
        Tries,
        Consent,
        NoKeychain,
        Remembered,
        Choose,
        Pin,
        Waiting,
        Done,
        Problem,
        Failed,
        Page,
        Welcome,
        Found,
        Token,
        SelfTest,
        Identities,
        Intact,
        History,
        HistoryRow,
        Sites,
        Site,
        Fact<bool>,
        Settings,
        InstalledBrowser,
        Driver,
        Level,
        Check,
        Finding,
        About,
        Act,
        Setting,
        Permission,
    ];
    format!(
        "// Written from the agent's own types by `cargo test -p kyso-screens`; KYSO_WRITE=1 writes it anew.\n\n{types}"
    )
}

#[test]
fn the_windows_types_are_the_agents() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/types.ts");
    if std::env::var_os("KYSO_WRITE").is_some() {
        std::fs::write(&file, written()).expect("written");
    }
    let kept = std::fs::read_to_string(&file).expect("ui/src/types.ts");
    assert_eq!(kept, written(), "KYSO_WRITE=1 writes it anew");
}

#[test]
fn the_windows_own_samples_are_screens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/fixtures");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).expect("ui/fixtures") {
        let path = entry.expect("entry").path();
        let json = std::fs::read_to_string(&path).expect("readable");
        let shown: Result<Shown, _> = serde_json::from_str(&json);
        assert!(shown.is_ok(), "{}: {shown:?}", path.display());
        read += 1;
    }
    assert!(read > 10, "{read} samples");
}
