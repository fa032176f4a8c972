//! Reads our own markup strictly enough to check it: every attribute quoted or bare, no `<` or `>` in one.

#[derive(Debug)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
}

impl Tag {
    pub(super) fn attribute(&self, key: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_str())
    }

    /// Where the tag leads or what it loads.
    pub(super) fn target(&self) -> Option<&str> {
        ["href", "src", "action"]
            .into_iter()
            .find_map(|key| self.attribute(key))
    }
}

/// The opening tags of a page, in order.
pub(super) fn tags(page: &str) -> Vec<Tag> {
    page.split('<')
        .skip(1)
        .map(|rest| rest.split_once('>').expect("a tag that ends").0)
        .filter(|inside| !inside.starts_with(['/', '!']))
        .map(tag)
        .collect()
}

fn tag(inside: &str) -> Tag {
    let inside = inside.trim_end_matches('/');
    let (name, mut rest) = inside
        .split_once(char::is_whitespace)
        .unwrap_or((inside, ""));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        let end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix("=\"") {
            Some(quoted) => quoted.split_once('"').expect("a closing quote"),
            None => ("", after),
        };
        attributes.push((key.to_owned(), value.to_owned()));
        rest = after;
    }
    Tag {
        name: name.to_owned(),
        attributes,
    }
}

/// What stands between the tags, with the quotes of our own sentences as they were.
pub(super) fn words(page: &str) -> String {
    page.split('<')
        .filter_map(|rest| rest.split_once('>'))
        .map(|(_, words)| words)
        .collect()
}
