//! Answers made without the agent: what somebody could send who has a key and no manners. The portal must refuse by
//! itself what the agent would not even sign.

use anyhow::Result;
use kyso_protocol::{Algorithm, Answer, AnswerReply, Link, Origin, Outcome, StatementBytes, Token};
use kyso_support::{Key, Role, sign_softly};

use crate::browser::client;
use crate::stage::Stage;

/// Posts without cookies, as an agent does.
pub struct Rogue<'a> {
    stage: &'a Stage,
    client: reqwest::Client,
}

impl<'a> Rogue<'a> {
    /// Trusts the stage's TLS authority.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn new(stage: &'a Stage) -> Result<Self> {
        let authority = std::fs::read_to_string(&stage.files.tls_authority)?;
        Ok(Self {
            stage,
            client: client(&stage.origin, stage.address, &authority)?.build()?,
        })
    }

    /// Fetches the statement of an ask.
    ///
    /// # Errors
    /// If the portal does not serve it.
    pub async fn statement(&self, link: &str) -> Result<Vec<u8>> {
        let link = Link::parse(link)?;
        let reply = self.client.get(link.statement_url()).send().await?;
        let bytes = reply.error_for_status()?.bytes().await?.to_vec();
        self.stage
            .saw(kyso_protocol::Nonce::of_statement(&bytes).as_str());
        Ok(bytes)
    }

    /// Signs the ask with the key of `role` for `origin`, and makes the answer.
    ///
    /// # Errors
    /// If the statement cannot be fetched or signed.
    pub async fn sign(&self, link: &str, role: Role, origin: &Origin) -> Result<String> {
        let statement = self.statement(link).await?;
        self.sign_statement(link, role, origin, &statement)
    }

    /// As [`Rogue::sign`], over the bytes of whatever statement.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub fn sign_statement(
        &self,
        link: &str,
        role: Role,
        origin: &Origin,
        statement: &[u8],
    ) -> Result<String> {
        let nonce = kyso_protocol::Nonce::of_statement(statement);
        let subject = self.stage.pki.subject(role);
        let algorithm = usual(&subject.key);
        let signature = sign_softly(
            &subject.key,
            algorithm.as_str(),
            &nonce.message(algorithm, origin),
        )?;
        let token = Token::new(
            subject.certificate.der().to_vec(),
            algorithm,
            signature,
            None,
        );
        Ok(Answer {
            ask: Link::parse(link)?.ask(),
            outcome: Outcome::Token(token, None),
        }
        .to_json())
    }

    /// Posts an answer and reads the reply.
    ///
    /// # Errors
    /// If the portal does not reply as the protocol says.
    pub async fn post(&self, link: &str, answer: String) -> Result<AnswerReply> {
        let url = Link::parse(link)?.answer_url();
        let reply = self
            .client
            .post(url)
            .header("Content-Type", "application/json")
            .body(answer)
            .send()
            .await?;
        Ok(AnswerReply::parse(&reply.bytes().await?)?)
    }

    /// Signs and posts; the outcome in one word.
    ///
    /// # Errors
    /// As [`Rogue::sign`] and [`Rogue::post`].
    pub async fn answer(&self, link: &str, role: Role) -> Result<String> {
        let answer = self.sign(link, role, &self.stage.origin).await?;
        Ok(word(&self.post(link, answer).await?))
    }
}

/// A reply in one word: `accepted`, `ended`, or the refusal's code.
#[must_use]
pub fn word(reply: &AnswerReply) -> String {
    match reply {
        AnswerReply::Accepted { .. } => "accepted".to_owned(),
        AnswerReply::Ended => "ended".to_owned(),
        AnswerReply::Refused { code } => code.clone(),
    }
}

/// Where the browser would go with an accepted answer.
#[must_use]
pub fn return_address(link: &Link, reply: &AnswerReply) -> Option<String> {
    match reply {
        AnswerReply::Accepted { code, .. } => Some(link.return_url(code)),
        _ => None,
    }
}

/// The exact bytes of another statement, for answers that belong elsewhere.
///
/// # Errors
/// If the statement is refused.
pub fn other_statement(
    bytes: &[u8],
    change: impl FnOnce(&mut kyso_protocol::Statement),
) -> Result<StatementBytes> {
    let mut statement = kyso_protocol::Statement::parse(bytes)?;
    change(&mut statement);
    Ok(statement.to_bytes()?)
}

fn usual(key: &Key) -> Algorithm {
    match key.kind() {
        kyso_support::KeyKind::Rsa(_) => Algorithm::PS256,
        _ => Algorithm::ES256,
    }
}
