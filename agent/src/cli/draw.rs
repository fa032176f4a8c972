//! Views as lines of text.

use kyso_certs::{Certificate, SubjectKind};

use crate::cli::style::{Style, Tone, table};
use crate::problem::Problem;
use crate::screens::{look_alike, resembles};
use crate::text::{Text, date};
use crate::view::{
    ChooseView, ConsentView, PinView, Row, Tries, Unfit, View, masked_id, printable,
};

/// The lines of a view; empty where a terminal has nothing to say.
pub(crate) fn view(view: &View, text: Text, style: Style) -> String {
    match view {
        View::Checking { origin } => quiet(
            style,
            &text.fill("waiting.fetch", &[("origin", origin.as_str())]),
        ),
        View::Consent(view) => consent(view, text, style),
        View::Searching => quiet(style, text.get("choose.searching")),
        View::Choose(view) if view.searching && view.rows.is_empty() => {
            quiet(style, text.get("choose.searching"))
        }
        View::Choose(view) if view.searching => String::new(),
        View::Choose(view) => choose(view, text, style),
        View::Pin(view) => pin(view, text, style),
        View::Unlocking { keypad: true } => text.get("pin.keypad").to_owned(),
        View::Unlocking { keypad: false } => quiet(style, text.get("choose.searching")),
        View::Signing { keypad: true } => {
            format!("{}\n{}", text.get("pin.keypad"), text.get("waiting.sign"))
        }
        View::Signing { keypad: false } => text.get("waiting.sign").to_owned(),
        View::Posting { origin } => quiet(
            style,
            &text.fill("waiting.post", &[("origin", origin.as_str())]),
        ),
        View::Done { .. } => style.paint(Tone::Good, text.get("done")),
        View::Failed(failed) => problem(failed, text, style),
    }
}

fn quiet(style: Style, line: &str) -> String {
    style.paint(Tone::Quiet, line)
}

/// What happened, what to do, and the code.
pub(crate) fn problem(problem: &Problem, text: Text, style: Style) -> String {
    let code = text.fill("failed.code", &[("code", problem.code.as_str())]);
    let happened = style.paint(Tone::Bad, &printable(&problem.happened(text)));
    format!(
        "{happened}\n{}\n{}",
        printable(&problem.remedy(text)),
        quiet(style, &code)
    )
}

fn consent(view: &ConsentView, text: Text, style: Style) -> String {
    let origin = view.origin.as_str();
    let mut lines = vec![
        String::new(),
        style.paint(
            Tone::Strong,
            &text.fill("consent.who", &[("origin", origin)]),
        ),
        text.get(&format!("consent.title.{}", view.purpose.as_str()))
            .to_owned(),
    ];
    if let Some(name) = &view.listed_name {
        lines.push(text.fill("consent.listed-name", &[("name", &printable(name))]));
    }
    if let Some(subject) = view.subject {
        lines.push(text.fill("consent.subject", &[("subject", text.subject(subject))]));
    }
    lines.push(text.get("consent.released").to_owned());
    lines.push(text.fill("consent.code", &[("code", &view.matching_code)]));
    if let Some(host) = look_alike(&view.origin) {
        let warning = text.fill("window.consent.look-alike", &[("host", &host)]);
        lines.push(style.paint(Tone::Warning, &warning));
    }
    if let Some(known) = &view.resembles {
        lines.push(style.paint(Tone::Warning, &resembles(known, text)));
    }
    if view.new_site {
        lines.push(style.paint(Tone::Warning, text.get("consent.new-site")));
    }
    if let Some(confirm) = &view.text {
        lines.push(text.fill("consent.text", &[("origin", origin)]));
        lines.extend(
            confirm
                .value()
                .lines()
                .map(|line| format!("  │ {}", printable(line))),
        );
    }
    lines.push(String::new());
    lines.join("\n")
}

fn choose(view: &ChooseView, text: Text, style: Style) -> String {
    let heads = [
        "",
        "column.name",
        "column.id",
        "column.ca",
        "column.from",
        "column.to",
        "column.device",
        "column.use",
    ];
    let mut rows = vec![
        heads
            .map(|key| {
                if key.is_empty() {
                    String::new()
                } else {
                    text.get(key).to_owned()
                }
            })
            .to_vec(),
    ];
    rows.extend(view.rows.iter().enumerate().map(|(at, row)| {
        let mut cells = vec![(at + 1).to_string()];
        cells.extend(facts(row, text));
        cells
    }));
    format!(
        "{}\n{}\n{}",
        style.paint(Tone::Strong, text.get("choose.title")),
        table(&rows),
        quiet(style, text.get("choose.not-judged"))
    )
}

/// Name, number, CA, both dates, device, and whether it can be used.
pub(crate) fn facts(row: &Row, text: Text) -> Vec<String> {
    if row.after_pin {
        let mut cells = vec![text.get("tokens.after-pin").to_owned()];
        cells.extend(std::iter::repeat_n(String::new(), 4));
        cells.extend([row.device.clone(), String::from("–")]);
        return cells;
    }
    let known = row.certificate.as_ref();
    let mut cells = known.map_or_else(
        || vec![String::from("?"); 5],
        |known| certificate(known, row.wanted),
    );
    cells.push(row.device.clone());
    cells.push(usable(row.unfit.as_ref(), row.days_left, row.usual, text));
    cells
}

/// Whether a certificate can be used, and what is to be said of it beside that.
pub(crate) fn usable(
    unfit: Option<&Unfit>,
    days_left: Option<i64>,
    usual: bool,
    text: Text,
) -> String {
    if let Some(unfit) = unfit {
        return unfit.show(text);
    }
    let mut parts = vec![text.get("fit").to_owned()];
    parts.extend(days_left.map(|days| match days {
        0 => text.get("fit.today").to_owned(),
        1 => text.get("fit.tomorrow").to_owned(),
        days => text.fill("fit.soon", &[("n", &days.to_string())]),
    }));
    if usual {
        parts.push(text.get("fit.usual").to_owned());
    }
    parts.join(" · ")
}

/// Name, masked number (the one that the wanted kind of subject goes by), CA and both dates.
pub(crate) fn certificate(certificate: &Certificate, wanted: Option<SubjectKind>) -> Vec<String> {
    let subject = certificate.subject();
    let id = subject.identity();
    let id = id.map(|id| masked_id(id, wanted)).unwrap_or_default();
    let (from, to) = (
        date(certificate.not_before()),
        date(certificate.not_after()),
    );
    vec![
        printable(subject.display_name()),
        id,
        printable(certificate.issuer_name()),
        from,
        to,
    ]
}

fn pin(view: &PinView, text: Text, style: Style) -> String {
    let mut lines = Vec::new();
    if let Some(last) = &view.last {
        lines.push(problem(last, text, style));
    }
    lines.push(style.paint(Tone::Strong, text.get("pin.title")));
    let named = [view.device.clone(), printable(&view.certificate)];
    let named = named.into_iter().filter(|name| !name.is_empty());
    lines.push(named.collect::<Vec<_>>().join(" · "));
    match view.tries {
        Tries::Last => lines.push(style.paint(Tone::Warning, text.get("pin.last"))),
        Tries::Few => lines.push(text.get("pin.few").to_owned()),
        Tries::Untold => {}
    }
    lines.join("\n")
}

/// The row that a script named by SHA-256 (hex, with or without colons) or serial number; else the one token that hasn't
/// shown its certificates yet.
pub(crate) fn find(view: &ChooseView, named: &str) -> Option<usize> {
    let named: String = named.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    let shown = view.rows.iter().position(|row| {
        row.certificate
            .as_ref()
            .is_some_and(|certificate| is_named(certificate, &named))
    });
    let mut hidden = (0..).zip(&view.rows).filter(|(_, row)| row.after_pin);
    let only = || match (hidden.next(), hidden.next()) {
        (Some((at, _)), None) => Some(at),
        _ => None,
    };
    shown.or_else(only)
}

fn is_named(certificate: &Certificate, named: &str) -> bool {
    let serial = certificate.serial().trim_start_matches('0');
    fingerprint(certificate).eq_ignore_ascii_case(named)
        || serial.eq_ignore_ascii_case(named.trim_start_matches('0'))
}

/// SHA-256 of the certificate, in lower-case hex.
pub(crate) fn fingerprint(certificate: &Certificate) -> String {
    certificate
        .fingerprint()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::logins;
    use crate::text::Language;

    #[test]
    fn an_address_that_may_deceive_is_told_of_on_a_terminal_too() {
        let all = logins::all();
        let check = |fixture: &str, expected: Option<&str>| {
            let found = all.iter().find(|(name, _)| *name == fixture);
            let (_, found) = found.expect(fixture);
            let lines = view(found, Text::of(Language::En), Style::PLAIN);
            let mut told = lines
                .lines()
                .filter(|line| line.starts_with("This address"));
            assert_eq!(told.next(), expected, "{fixture}");
            assert_eq!(told.next(), None, "{fixture}");
        };
        check("consent-new-site", None);
        check(
            "consent-look-alike",
            Some("This address contains letters that look alike: dangnhap.сао.example"),
        );
        let mistaken = "This address is easily mistaken for https://dichvucong.mau.example,";
        let used = format!("{mistaken} where you have signed in before.");
        check("consent-resembles", Some(&used));
        let listed = format!("{mistaken} which is on this computer's list.");
        check("consent-resembles-listed", Some(&listed));
    }
}
