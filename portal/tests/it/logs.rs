//! What the logs say, and what they never say.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use kyso_portal::pages::paths;
use kyso_protocol::{Nonce, Statement};
use kyso_support::Role;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::{
    agent::{Signer, fetch, post, refusal, register_citizen, sign},
    browser::Browser,
    world::World,
};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn logs_carry_no_secret_and_no_identity_number_at_any_level() {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new("trace"))
        .with_writer(kept.clone())
        .finish();
    // For the whole process: what the other tests log meanwhile must be as clean.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let world = World::new().await;
    let mut browser = Browser::new();
    register_citizen(&world, &mut browser).await;
    let ask = browser.ask(&world, &[("purpose", "login")]).await;
    let statement = fetch(&world, ask).await;
    let half = browser.cookies["__Host-kyso-half"].clone();
    let code = sign(&world, ask, &Signer::of(Role::Citizen)).await;
    browser.present(&world, &code).await;
    let pending = browser
        .get(&world, paths::LOGIN_CONFIRM)
        .await
        .hidden("pending");
    browser
        .post(&world, paths::LOGIN_CONFIRM, &[("pending", &pending)])
        .await;
    let wrong = [("purpose", "register"), ("subject", "business")];
    let ask = browser.ask(&world, &wrong).await;
    let other = fetch(&world, ask).await;
    refusal(post(&world, ask, Signer::of(Role::Citizen).answer(ask, &other)).await);

    let said = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    for expected in ["account registered", "session opened", "CERT-WRONG-SUBJECT"] {
        assert!(said.contains(expected), "the log lacks {expected}");
    }
    let challenge = Statement::parse(&statement).unwrap().challenge;
    let secrets = [
        code.expose(),
        half,
        browser.cookies["__Host-kyso-session"].clone(),
        browser.cookies["__Host-kyso-known"].clone(),
        browser.cookies["__Host-kyso-half"].clone(),
        Nonce::of_statement(&statement).as_str().to_owned(),
        kyso_protocol::Half::from_bytes(challenge).expose(),
        "099185000123".to_owned(),
        "NGUYỄN VĂN".to_owned(),
    ];
    for secret in secrets {
        assert!(!said.contains(&secret), "the log holds {secret}");
    }
}
