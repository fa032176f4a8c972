//! `ocsp-cold`: what an answer costs at the portal when the CA has to be asked, above the CA's servers' own time.
//!
//! Three medians of one run: an answer for which responder and list are asked, one for which nobody is, and the same two
//! requests made directly.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use kyso_e2e::answer::Rogue;
use kyso_e2e::stage::Stage;
use kyso_e2e::story::ask_to_register;
use kyso_support::Role;

const ROUNDS: usize = 40;

#[tokio::main]
async fn main() -> Result<()> {
    let mut stage = Stage::set()?;
    let asked = answers(&stage).await?;
    stage.evidence_reuse_minutes = 60;
    let kept = answers(&stage).await?;
    let servers = servers(&stage).await?;
    let above = asked.saturating_sub(kept).saturating_sub(servers);
    let mut out = std::io::stdout();
    writeln!(out, "ocsp-cold {:.2} ms", above.as_secs_f64() * 1000.0)?;
    Ok(())
}

/// From an answer posted to its acceptance.
async fn answers(stage: &Stage) -> Result<Duration> {
    let portal = stage.start_portal().await?;
    let rogue = Rogue::new(stage)?;
    let browser = stage.browser()?;
    let mut times = Vec::new();
    for round in 0..=ROUNDS {
        let link = ask_to_register(&browser, "citizen").await?.deep_link()?;
        let answer = rogue.sign(&link, Role::Citizen, &stage.origin).await?;
        let begun = Instant::now();
        let reply = rogue.post(&link, answer).await?;
        // The first round fills what is kept.
        if round > 0 {
            times.push(begun.elapsed());
        }
        ensure!(kyso_e2e::answer::word(&reply) == "accepted", "refused");
    }
    portal.kill().await?;
    Ok(median(times))
}

/// The responder's and the list server's own time; the portal asks both at once.
async fn servers(stage: &Stage) -> Result<Duration> {
    let published = stage.publisher.addresses();
    let responder = published.ocsp.context("a responder")?;
    let list = format!("{}/national-root.crl", published.lists);
    let ca = &stage.pki.public_ca;
    let certificate = &stage.pki.subject(Role::Citizen).certificate;
    let request = kyso_support::OcspResponder::new(ca, ca.certificate(), ca.key())?
        .request(&[certificate], "sha1")?;
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(no_tls()?)
        .no_proxy()
        .build()?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let asked = client
            .post(&responder)
            .header("Content-Type", "application/ocsp-request")
            .body(request.clone());
        let (said, listed) = tokio::join!(
            async { asked.send().await?.error_for_status()?.bytes().await },
            async {
                client
                    .get(&list)
                    .send()
                    .await?
                    .error_for_status()?
                    .bytes()
                    .await
            }
        );
        times.push(begun.elapsed());
        ensure!(!said?.is_empty() && !listed?.is_empty(), "no evidence");
    }
    Ok(median(times))
}

fn no_tls() -> Result<rustls::ClientConfig> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
