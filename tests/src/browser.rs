//! A browser without a screen: holds cookies, follows redirects, fills in forms, and marks its requests as browsers do.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use kyso_protocol::{Origin, ReturnCode};
use reqwest::cookie::{CookieStore as _, Jar};
use reqwest::header::{HeaderMap, HeaderValue};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use scraper::{ElementRef, Html, Selector};

use crate::stage::{Seen, note};

/// One browser profile that trusts the demonstration's TLS authority.
#[derive(Clone)]
pub struct Browser {
    client: reqwest::Client,
    origin: Origin,
    jar: Arc<Jar>,
    seen: Seen,
}

/// What a browser shows.
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// The address after redirects.
    pub url: String,
    /// The response's headers.
    pub headers: HeaderMap,
    /// The document.
    pub html: String,
}

impl Browser {
    /// A fresh profile. `address` is where `origin`'s host is found; `authority` is PEM.
    ///
    /// # Errors
    /// If the authority cannot be read.
    pub fn new(origin: &Origin, address: SocketAddr, authority: &str, seen: Seen) -> Result<Self> {
        let jar = Arc::new(Jar::default());
        let client = client(origin, address, authority)?
            .cookie_provider(Arc::clone(&jar))
            .build()?;
        Ok(Self {
            client,
            origin: origin.clone(),
            jar,
            seen,
        })
    }

    /// Types an address, or follows one that another program opened.
    ///
    /// # Errors
    /// If the portal does not answer.
    pub async fn open(&self, path: &str) -> Result<Page> {
        let request = self
            .client
            .get(format!("{}{path}", self.origin))
            .header("Sec-Fetch-Site", "none");
        Page::read(request.send().await?).await
    }

    /// What a page's script fetches.
    ///
    /// # Errors
    /// If the portal does not answer.
    pub async fn fetch(&self, path: &str) -> Result<Page> {
        let request = self
            .client
            .get(format!("{}{path}", self.origin))
            .header("Sec-Fetch-Site", "same-origin");
        Page::read(request.send().await?).await
    }

    /// Presses the button of the page's form that posts to an address beginning with `action`; `typed` replaces or
    /// adds fields.
    ///
    /// # Errors
    /// If the page has no such form, or the portal does not answer.
    pub async fn submit(&self, page: &Page, action: &str, typed: &[(&str, &str)]) -> Result<Page> {
        let (target, mut fields) = page.form(action)?;
        for (name, value) in typed {
            fields.retain(|(field, _)| field != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        self.post(&target, &fields).await
    }

    /// Posts a form as a page of the portal would.
    ///
    /// # Errors
    /// If the portal does not answer.
    pub async fn post(&self, path: &str, fields: &[(String, String)]) -> Result<Page> {
        let request = self
            .client
            .post(format!("{}{path}", self.origin))
            .header("Sec-Fetch-Site", "same-origin")
            .header("Origin", self.origin.as_str())
            .form(fields);
        let page = Page::read(request.send().await?).await;
        self.note_cookies()?;
        page
    }

    /// Long values only: a language is no secret.
    fn note_cookies(&self) -> Result<()> {
        let cookies = self.jar.cookies(&self.origin.as_str().parse()?);
        let text = cookies
            .map(|cookies| cookies.to_str().map(str::to_owned))
            .transpose()?;
        for cookie in text.iter().flat_map(|text| text.split("; ")) {
            let value = cookie.split_once('=').map_or("", |(_, value)| value);
            if value.len() >= 32 {
                note(&self.seen, value);
            }
        }
        Ok(())
    }

    /// Does what the return page's script does: opens the page, takes the code from the fragment, posts it.
    ///
    /// # Errors
    /// If the address is another one than the portal's return page, or the portal does not answer.
    pub async fn come_back(&self, address: &str) -> Result<Page> {
        let path = address
            .strip_prefix(self.origin.as_str())
            .context("the return page of another origin")?;
        let (path, code) = path
            .split_once('#')
            .context("a return address carries a code")?;
        ensure!(
            path == "/.well-known/kyso/return",
            "another page than the return page: {path}"
        );
        ReturnCode::parse(code)?;
        note(&self.seen, code);
        let page = self.open(path).await?;
        ensure!(page.status == 200, "the return page: {}", page.status);
        self.post(path, &[("code".to_owned(), code.to_owned())])
            .await
    }
}

/// A client that finds `origin` at `address` and trusts `authority`; it follows no redirect out of the origin.
///
/// # Errors
/// If the authority cannot be read.
pub fn client(
    origin: &Origin,
    address: SocketAddr,
    authority: &str,
) -> Result<reqwest::ClientBuilder> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        roots.add(certificate.context("the TLS authority")?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut headers = HeaderMap::new();
    headers.insert(
        "User-Agent",
        HeaderValue::from_static("Mozilla/5.0 (X11; Linux x86_64) Kyso-Demonstration/1.0"),
    );
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .default_headers(headers)
        .https_only(true)
        .no_proxy()
        .resolve(origin.host(), address))
}

impl Page {
    async fn read(response: reqwest::Response) -> Result<Self> {
        Ok(Self {
            status: response.status().as_u16(),
            url: response.url().to_string(),
            headers: response.headers().clone(),
            html: response.text().await?,
        })
    }

    /// The path of the page's address.
    #[must_use]
    pub fn path(&self) -> &str {
        self.url
            .split("://")
            .nth(1)
            .and_then(|rest| rest.find('/').and_then(|at| rest.get(at..)))
            .unwrap_or("/")
    }

    /// How the portal says that the step ended, for programs.
    #[must_use]
    pub fn outcome(&self) -> Option<&str> {
        self.headers
            .get("kyso-outcome")
            .and_then(|value| value.to_str().ok())
    }

    /// The deep link of a waiting page.
    ///
    /// # Errors
    /// If the page has none.
    pub fn deep_link(&self) -> Result<String> {
        let document = Html::parse_document(&self.html);
        let link = document
            .select(&selector("a[href^='kyso:']")?)
            .find_map(|a| a.value().attr("href").map(str::to_owned));
        link.with_context(|| {
            format!(
                "no deep link on {} ({}): {}",
                self.url,
                self.status,
                self.text()
            )
        })
    }

    /// What a reader sees, blanks collapsed.
    #[must_use]
    pub fn text(&self) -> String {
        let document = Html::parse_document(&self.html);
        let main = selector("main").ok();
        let main = main.and_then(|main| document.select(&main).next());
        main.unwrap_or_else(|| document.root_element())
            .text()
            .flat_map(str::split_whitespace)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Whether a reader sees `words`.
    #[must_use]
    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// Whether the page has a form that posts to an address beginning with `action`.
    #[must_use]
    pub fn has_form(&self, action: &str) -> bool {
        self.form(action).is_ok()
    }

    fn form(&self, action: &str) -> Result<(String, Vec<(String, String)>)> {
        let document = Html::parse_document(&self.html);
        for form in document.select(&selector("form[action]")?) {
            let target = form.value().attr("action").unwrap_or_default();
            if target.starts_with(action)
                && form
                    .value()
                    .attr("method")
                    .is_some_and(|m| m.eq_ignore_ascii_case("post"))
            {
                return Ok((target.to_owned(), fields(form)?));
            }
        }
        bail!(
            "no form for {action} on {} ({}): {}",
            self.url,
            self.status,
            self.text()
        )
    }
}

fn selector(text: &str) -> Result<Selector> {
    Selector::parse(text).map_err(|error| anyhow::anyhow!("{text}: {error}"))
}

/// What a browser would send if nobody typed: hidden and text fields, the checked ones of the others.
fn fields(form: ElementRef<'_>) -> Result<Vec<(String, String)>> {
    let mut fields = Vec::new();
    for input in form.select(&selector("input[name]")?) {
        let element = input.value();
        let choice = matches!(element.attr("type"), Some("radio" | "checkbox"));
        if !choice || element.attr("checked").is_some() {
            let value = element.attr("value").unwrap_or_default();
            fields.push((
                element.attr("name").unwrap_or_default().to_owned(),
                value.to_owned(),
            ));
        }
    }
    Ok(fields)
}
