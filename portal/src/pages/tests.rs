//! Holds every page, in both languages, to what all of them promise.

use super::text::MISSING;
use super::*;
use samples::{frame, pages};
use std::collections::{BTreeMap, BTreeSet};

mod foreign_words;
mod markup;
mod samples;

use markup::{Tag, tags, words};

const LANGUAGES: [Lang; 2] = [Lang::Vi, Lang::En];

fn every_page() -> Vec<(String, String)> {
    LANGUAGES
        .into_iter()
        .flat_map(|lang| pages(lang, None))
        .collect()
}

fn check(hold: impl Fn(&str, &str, &[Tag])) {
    for (name, page) in every_page() {
        hold(&name, &page, &tags(&page));
    }
}

/// Codes that have sentences; those of one subject only have a further dot.
fn problem_codes() -> Vec<String> {
    let codes: BTreeSet<_> = Texts::of(Lang::Vi)
        .entries()
        .keys()
        .filter_map(|key| key.strip_prefix("problem.")?.strip_suffix(".what"))
        .filter_map(|code| code.split('.').next())
        .map(str::to_owned)
        .collect();
    codes.into_iter().collect()
}

#[test]
fn no_sentence_is_missing() {
    check(|name, page, _| assert!(!page.contains(MISSING), "{name}"));
}

#[test]
fn no_place_is_left_unfilled() {
    check(|name, page, _| assert!(!words(page).contains(['{', '}']), "{name}"));
}

#[test]
fn says_its_language_and_its_title() {
    check(|name, page, tags| {
        let lang = name.rsplit('.').next();
        let html = tags.iter().find(|tag| tag.name == "html").unwrap();
        assert_eq!(html.attribute("lang"), lang, "{name}");
        assert!(page.contains("<title>"), "{name}");
        let headings = tags.iter().filter(|tag| tag.name == "h1").count();
        assert_eq!(headings, 1, "{name}");
    });
}

#[test]
fn has_no_inline_script_style_or_event() {
    check(|name, page, tags| {
        assert!(!page.contains("javascript:"), "{name}");
        for tag in tags {
            assert_ne!(tag.name, "style", "{name}");
            assert!(tag.attribute("style").is_none(), "{name}: {tag:?}");
            let event = tag.attributes.iter().find(|(key, _)| key.starts_with("on"));
            assert!(event.is_none(), "{name}: {tag:?}");
            if tag.name == "script" {
                assert!(tag.attribute("src").is_some(), "{name}");
            }
        }
        assert_eq!(
            page.matches("</script>").count(),
            page.matches("></script>").count(),
            "{name}"
        );
    });
}

#[test]
fn ids_are_unique_and_what_points_to_one_finds_it() {
    check(|name, _, tags| {
        let ids: Vec<_> = tags.iter().filter_map(|tag| tag.attribute("id")).collect();
        let set: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), set.len(), "{name}: {ids:?}");
        for tag in tags {
            for key in ["for", "form", "aria-labelledby", "aria-describedby"] {
                for id in tag.attribute(key).unwrap_or_default().split_whitespace() {
                    assert!(set.contains(id), "{name}: {key}={id}");
                }
            }
            let fragment = tag
                .attribute("href")
                .and_then(|href| href.strip_prefix('#'));
            assert!(
                fragment.is_none_or(|id| set.contains(id)),
                "{name}: {tag:?}"
            );
        }
    });
}

#[test]
fn every_field_has_its_label_and_every_label_its_field() {
    check(|name, _, tags| {
        let labelled: BTreeSet<_> = tags.iter().filter_map(|tag| tag.attribute("for")).collect();
        let fields: BTreeSet<_> = tags
            .iter()
            .filter(|tag| tag.name == "input" && tag.attribute("type") != Some("hidden"))
            .map(|tag| tag.attribute("id").unwrap_or_default())
            .collect();
        assert_eq!(labelled, fields, "{name}");
        for picture in tags.iter().filter(|tag| tag.name == "img") {
            assert!(picture.attribute("alt").is_some(), "{name}");
        }
    });
}

#[test]
fn links_and_forms_lead_to_known_places_only() {
    let known: BTreeSet<_> = paths::ALL.into_iter().collect();
    check(|name, _, tags| {
        for target in tags.iter().filter_map(Tag::target) {
            let path = target.split(['?', '#']).next().unwrap_or_default();
            let fine = path.is_empty()
                || known.contains(path)
                || path
                    .strip_prefix("/static/")
                    .is_some_and(|file| asset(file).is_some())
                || (name.starts_with("wait") && path.starts_with("kyso:1/portal.example/"))
                || path.starts_with("data:image/png;base64,")
                || path == "/download/SHA256SUMS"
                || path == "/download/kyso_0.1.0_amd64.deb"
                || name.starts_with("download") && path == "/download/Kyso-0.1.0.msi";
            assert!(fine, "{name}: {target}");
        }
    });
}

#[test]
fn links_beside_a_form_leave_what_was_typed_as_it_was() {
    check(|name, _, tags| {
        if !name.starts_with("register-confirm") {
            return;
        }
        let link = |path| {
            let inside = tags
                .iter()
                .skip_while(|tag| tag.attribute("action") != Some(paths::REGISTER_CONFIRM));
            let mut links = inside.filter(|tag| tag.attribute("href") == Some(path));
            links.next().unwrap()
        };
        for path in [paths::TERMS, paths::POLICY] {
            assert_eq!(link(path).attribute("target"), Some("_blank"), "{name}");
            assert_eq!(link(path).attribute("rel"), Some("noopener"), "{name}");
        }
    });
}

#[test]
fn a_link_that_is_not_kysos_is_not_on_the_button() {
    let view = WaitView {
        ask: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        purpose: kyso_protocol::Purpose::Login,
        subject: None,
        link: "javascript:alert(1)".to_owned(),
        matching_code: "0482".to_owned(),
        seconds_left: 1,
        state: WaitState::Waiting { fetched: false },
        download: None,
    };
    assert!(!render_wait(&frame(Lang::Vi), &view).contains("javascript:"));
}

#[test]
fn the_return_page_is_the_same_for_everyone() {
    let mut signed_in = frame(Lang::Vi);
    signed_in.person = Some("Đặng Thị Ổn Mẫu".to_owned());
    signed_in.path = "/elsewhere".to_owned();
    assert_eq!(render_return(&signed_in), render_return(&frame(Lang::Vi)));
}

#[test]
fn the_return_page_asks_for_nothing_that_its_policy_refuses() {
    let page = render_return(&frame(Lang::Vi));
    assert!(!page.contains("rel=\"icon\"") && !page.contains("<img"));
}

#[test]
fn numbers_phones_and_addresses_are_masked() {
    check(|name, page, _| {
        assert!(!page.contains("0825550088"), "{name}");
        if name.starts_with("account-business") {
            assert!(page.contains("l****@example.vn"), "{name}");
        }
        if name.starts_with("account-citizen") {
            assert!(page.contains("082****088"), "{name}");
        }
        if name.starts_with("login-confirm") || name.starts_with("renew") {
            assert!(page.contains("****0123") && !page.contains("001099000123"));
        }
    });
}

#[test]
fn dates_are_vietnamese() {
    check(|name, page, _| {
        if name.starts_with("register-confirm") {
            assert!(page.contains("01/01/2026 07:00:00"), "{name}");
            assert!(page.contains("31/12/2028 23:59:59"), "{name}");
        }
        if name.starts_with("sign-ins.") {
            assert!(page.contains("21/11/2026 14:05:09"), "{name}");
        }
    });
}

#[test]
fn the_certificate_is_told_in_the_documents_order() {
    let check = |name: &str, labels: &[&str]| {
        let all: BTreeMap<_, _> = every_page().into_iter().collect();
        let page = &all[name];
        let found: Vec<_> = page
            .split("<dt>")
            .skip(1)
            .filter_map(|rest| rest.split("</dt>").next())
            .collect();
        assert_eq!(found, labels, "{name}");
    };
    check(
        "register-confirm-citizen.vi",
        &[
            "Họ tên",
            "Ngày hiệu lực",
            "Ngày hết hạn",
            "Tên CA",
            "Số CMT/CCCD",
            "Tình trạng thu hồi",
        ],
    );
    check(
        "register-confirm-business.vi",
        &[
            "Tên doanh nghiệp",
            "Ngày hiệu lực",
            "Ngày hết hạn",
            "Tên CA",
            "Mã số thuế",
            "Tình trạng thu hồi",
        ],
    );
    check(
        "register-confirm-agency.vi",
        &[
            "Tên tổ chức",
            "Ngày hiệu lực",
            "Ngày hết hạn",
            "Tên CA",
            "Mã đơn vị",
            "Đơn vị trong danh mục",
            "Đơn vị chủ quản",
            "Địa chỉ",
            "Tình trạng thu hồi",
        ],
    );
}

#[test]
fn email_and_captcha_follow_the_subject() {
    check(|name, _, tags| {
        if !name.starts_with("register-confirm") {
            return;
        }
        let field = |id| tags.iter().find(|tag| tag.attribute("id") == Some(id));
        let required = field("email").unwrap().attribute("required").is_some();
        assert_eq!(required, name.contains("business"), "{name}");
        assert_eq!(
            field("captcha").is_some(),
            !name.contains("citizen"),
            "{name}"
        );
        // The Enter key presses a form's first button, which may stand before the form.
        let first = tags
            .iter()
            .find(|tag| tag.name == "button" && tag.attribute("form") == Some("registration"));
        assert_eq!(
            first.unwrap().attribute("value"),
            Some("register"),
            "{name}"
        );
    });
}

#[test]
fn the_other_browsers_page_offers_nothing_to_carry_away() {
    check(|name, page, tags| {
        if name.starts_with("other-browser") {
            assert!(!page.contains("kyso:") && !tags.iter().any(|tag| tag.name == "img"));
        }
    });
    let page = pages(Lang::Vi, None)
        .into_iter()
        .find(|(name, _)| name == "other-browser.vi");
    assert!(page.unwrap().1.contains(
        "Yêu cầu này không bắt đầu từ trình duyệt này. Nếu không phải bạn vừa bấm đăng nhập, \
         có người đang dùng tên bạn: đừng làm theo hướng dẫn của họ."
    ));
}

#[test]
fn a_sample_says_that_it_is_one() {
    check(|name, page, _| {
        let banner = Texts::of(if name.ends_with("vi") {
            Lang::Vi
        } else {
            Lang::En
        })
        .get("frame.banner");
        assert!(page.contains(banner), "{name}");
    });
    let mut real = frame(Lang::Vi);
    real.look = std::sync::Arc::new(Look {
        demonstration: false,
        ..Look::default()
    });
    let banner = Texts::of(Lang::Vi).get("frame.banner");
    assert!(!render_home(&real, &HomeView { notice: None }).contains(banner));
}

#[test]
fn a_test_build_says_that_it_is_one() {
    let said = Texts::of(Lang::En).get("frame.test-build");
    let page = render_home(&frame(Lang::En), &HomeView { notice: None });
    assert_eq!(words(&page).contains(said), cfg!(feature = "test"));
}

#[test]
fn both_languages_have_the_same_keys_and_places() {
    let [vi, en] = LANGUAGES.map(|lang| Texts::of(lang).entries());
    assert!(vi.len() > 300, "the words were loaded");
    assert!(vi.keys().eq(en.keys()));
    for (key, sentence) in vi {
        assert_eq!(places(sentence), places(&en[key]), "{key}");
    }
}

fn places(sentence: &str) -> BTreeSet<&str> {
    let filled = sentence
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next());
    let linked = sentence
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    filled.chain(linked).collect()
}

#[test]
fn sentences_keep_the_rules_of_the_house() {
    for lang in LANGUAGES {
        for (key, sentence) in Texts::of(lang).entries() {
            assert!(!sentence.trim().is_empty(), "{key}");
            assert!(unicode_normalization::is_nfc(sentence), "{key}");
            let exclaims = sentence.contains('!') && !(key == "done.title" && lang == Lang::Vi);
            assert!(!exclaims, "{key}");
        }
    }
    for (key, sentence) in Texts::of(Lang::Vi).entries() {
        for modern in ["oà", "oá", "uỳ", "uý", "oè"] {
            // Only an open syllable has its mark on the first vowel.
            let ends = sentence.split(|c: char| !c.is_alphabetic()).any(|word| {
                word.to_lowercase().ends_with(modern) && !word.to_lowercase().starts_with("qu")
            });
            assert!(!ends, "{key}: {modern}");
        }
    }
}

#[test]
fn every_key_that_is_used_exists_and_every_key_is_used() {
    let sources = sources();
    for (file, source) in &sources {
        for key in source
            .split("t(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            let is_key = key.contains('.') && !key.contains(['{', ' ', '/']);
            let known = Texts::of(Lang::Vi).find(key).is_some();
            assert!(!is_key || known, "{file}: {key}");
        }
    }
    let all: String = sources.into_iter().map(|(_, source)| source).collect();
    let made = ["problem.", "captcha.word.", "captcha.number."];
    for key in Texts::of(Lang::Vi).entries().keys() {
        let by_name = all.contains(&format!("\"{key}\""));
        assert!(
            by_name || made.iter().any(|start| key.starts_with(start)),
            "{key}"
        );
    }
}

/// The templates and this module's own sources, without its tests.
fn sources() -> Vec<(String, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    ["templates", "src/pages", "src/pages/captcha"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && !path.ends_with("tests.rs"))
        .map(|path| {
            (
                path.display().to_string(),
                std::fs::read_to_string(path).unwrap(),
            )
        })
        .collect()
}

#[test]
fn every_code_has_both_sentences() {
    for code in problem_codes() {
        for part in ["what", "do"] {
            let key = format!("problem.{code}.{part}");
            assert!(Texts::of(Lang::Vi).find(&key).is_some(), "{key}");
        }
    }
}

#[test]
fn files_are_served_by_name_only() {
    let check = |name, expected: Option<&str>| {
        assert_eq!(
            asset(name).map(|asset| asset.content_type),
            expected,
            "{name}"
        );
    };
    check("style.css", Some("text/css; charset=utf-8"));
    check("wait.js", Some("text/javascript; charset=utf-8"));
    check("icon.svg", Some("image/svg+xml"));
    check("../Cargo.toml", None);
    check("", None);
}

#[test]
fn languages_are_chosen_by_the_browsers_header() {
    let check = |header, expected| assert_eq!(Lang::from_accept_language(header), expected);
    check("en-GB,en;q=0.9,vi;q=0.8", Lang::En);
    check("fr, vi-VN;q=0.7, en;q=0.3", Lang::Vi);
    check("fr", Lang::Vi);
    check("", Lang::Vi);
}
