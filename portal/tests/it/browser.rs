//! A browser: cookies, same-origin POSTs, and what its pages say.

use std::collections::BTreeMap;

use axum::{
    body::{Body, Bytes},
    http::{Request, Response, header},
};
use kyso_portal::pages::paths;
use kyso_protocol::{AskId, ReturnCode};

use crate::world::{ORIGIN, World};

#[derive(Debug, Default, Clone)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
    /// What the proxies before the portal write of it.
    forwarded_for: Option<String>,
}

/// A reply as a test looks at it.
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) outcome: String,
    pub(crate) location: String,
    pub(crate) text: String,
    pub(crate) response: Response<Bytes>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.response
            .headers()
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The value of the page's hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let (_, rest) = self
            .text
            .split_once(&mark)
            .unwrap_or_else(|| panic!("no {name} in {}", self.text));
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn forwarded_for(hops: &str) -> Self {
        Self {
            forwarded_for: Some(hops.to_owned()),
            ..Self::default()
        }
    }

    pub(crate) async fn get(&mut self, world: &World, path: &str) -> Seen {
        let request = Request::get(path).header("sec-fetch-site", "none");
        self.send(world, request, String::new()).await
    }

    pub(crate) async fn post(
        &mut self,
        world: &World,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Seen {
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header("origin", ORIGIN);
        self.send(world, request, form(fields)).await
    }

    pub(crate) async fn send(
        &mut self,
        world: &World,
        request: axum::http::request::Builder,
        body: String,
    ) -> Seen {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let hops = self.forwarded_for.iter();
        let request = hops.fold(request, |request, hops| {
            request.header("x-forwarded-for", hops)
        });
        let request = request
            .header(header::COOKIE, cookies.join("; "))
            .header(header::ACCEPT_LANGUAGE, "en")
            .header(
                header::USER_AGENT,
                "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
            )
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        let response = world.send(request).await;
        self.keep(&response);
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
                .unwrap_or_default()
        };
        Seen {
            status: response.status().as_u16(),
            outcome: header("kyso-outcome"),
            location: header("location"),
            text: String::from_utf8_lossy(response.body()).into_owned(),
            response,
        }
    }

    fn keep(&mut self, response: &Response<Bytes>) {
        for line in response.headers().get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            assert!(
                line.starts_with("__Host-")
                    && line.contains("; Path=/; Secure; HttpOnly; SameSite="),
                "{line}"
            );
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            }
        }
    }

    /// Presses "Đăng nhập" or "Đăng ký" and ends on the waiting page.
    pub(crate) async fn ask(&mut self, world: &World, fields: &[(&str, &str)]) -> AskId {
        let made = self.post(world, paths::ASKS, fields).await;
        assert_eq!(made.status, 303, "{}", made.text);
        let waiting = self.get(world, &made.location).await;
        assert_eq!(waiting.status, 200);
        AskId::parse(made.location.strip_prefix("/wait/").unwrap()).unwrap()
    }

    pub(crate) async fn present(&mut self, world: &World, code: &ReturnCode) -> Seen {
        self.post(world, paths::RETURN, &[("code", &code.expose())])
            .await
    }
}

pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        text.bytes().fold(String::new(), |mut out, byte| {
            match byte.is_ascii_alphanumeric() {
                true => out.push(char::from(byte)),
                false => out.push_str(&format!("%{byte:02X}")),
            }
            out
        })
    };
    fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}
