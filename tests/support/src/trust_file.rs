//! The demonstration's trust file: which CA may speak for whom (the form is `kyso-certs`' own).

use std::fmt::Write;

/// One issuing CA's entry.
pub(crate) struct CaRow {
    pub(crate) name: &'static str,
    pub(crate) certificate: &'static str,
    pub(crate) world: &'static str,
    pub(crate) kinds: &'static [&'static str],
    pub(crate) schemes: &'static [&'static str],
    pub(crate) person_in_organisation: bool,
}

/// TOML of the trust file; certificates are named relative to the file.
pub(crate) fn trust_file(anchors: &[(&str, &str)], authorities: &[CaRow]) -> String {
    let mut text =
        "# Made for one run of the demonstration. Trust nothing in here.\nversion = 1\n".to_owned();
    for (world, certificate) in anchors {
        let _ = write!(
            text,
            "\n[[anchor]]\nworld = \"{world}\"\ncertificate = \"{certificate}\"\n"
        );
    }
    for row in authorities {
        let _ = write!(
            text,
            "\n[[ca]]\nname = \"{}\"\ncertificate = \"{}\"\nworld = \"{}\"\nmethods = [\"usb\"]\nkinds = {}\n\
             schemes = {}\nperson-in-organisation = {}\npolicies = []\n",
            row.name,
            row.certificate,
            row.world,
            list(row.kinds),
            list(row.schemes),
            row.person_in_organisation
        );
    }
    text
}

fn list(values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    format!("[{}]", quoted.join(", "))
}
