//! Which HTTP proxy a request goes through. TLS is spoken with the portal all the same: the proxy sees its name and port.

use hyper_util::client::proxy::matcher::Matcher;
use kyso_protocol::Origin;

use crate::settings::Proxy;

/// The proxy to an origin that is not listed; none where there is none to it.
pub(crate) fn to(origin: &Origin, set: &Proxy) -> Result<Option<reqwest::Proxy>, reqwest::Error> {
    match set {
        Proxy::Direct => Ok(None),
        Proxy::Through(address) => reqwest::Proxy::https(address.as_str()).map(Some),
        Proxy::System => of_system(origin, &Matcher::from_env()),
    }
}

fn of_system(origin: &Origin, system: &Matcher) -> Result<Option<reqwest::Proxy>, reqwest::Error> {
    let Some(hop) = origin
        .as_str()
        .parse()
        .ok()
        .and_then(|origin| system.intercept(&origin))
    else {
        return Ok(None);
    };
    let proxy = reqwest::Proxy::https(hop.uri().to_string())?;
    Ok(Some(match hop.basic_auth() {
        Some(secret) => proxy.custom_http_auth(secret.clone()),
        None => proxy,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_proxy_is_left_out_where_the_system_says_so() {
        let system = Matcher::builder()
            .https("http://proxy.example:3128")
            .no("inside.example")
            .build();
        let check = |origin: &str, through: bool| {
            let origin = Origin::parse(origin).expect("an origin");
            let proxy = of_system(&origin, &system).expect("good");
            assert_eq!(proxy.is_some(), through, "{origin}");
        };
        check("https://portal.example", true);
        check("https://portal.inside.example", false);
        let none = Matcher::builder().build();
        let origin = Origin::parse("https://portal.example").expect("an origin");
        assert!(of_system(&origin, &none).expect("good").is_none());
    }
}
