//! When the answer arrives: the checks, in the order of the protocol.
//!
//! A failure up to the signature leaves the ask open, and three close it; a failure after it ends the ask. The agent
//! is told a code of a fixed list; the cause goes to the log.

use std::sync::Arc;

use axum::http::StatusCode;
use kyso_certs::{Class, Method, SubjectKind};
use kyso_protocol::{
    Answer, AnswerReply, CheckError, DeviceKey, DeviceProof, Handle, Nonce, Outcome, Refusal,
    ReturnCode, Token,
    check::{self, Accepted, Expected, Holder, Possession},
};

use crate::{
    accounts::{self, Account, Key},
    ambient::random,
    asks::{self, Ask, State},
    device::Place,
    history::{self, Entry},
    judging::{self, Material, Reach, Unfit},
    pages::ActivityKind,
    portal::{Fault, Portal},
    proofs::{self, Proof},
    registered,
};

/// A status and the reply's body.
pub(crate) type Reply = (StatusCode, AnswerReply);

/// Takes the body that was posted to an ask's `answer` address.
pub(crate) async fn arrive(
    portal: &Arc<Portal>,
    ask: &Ask,
    body: &[u8],
    place: &Place,
) -> Result<Reply, Fault> {
    let answer = match Answer::parse(body) {
        Ok(answer) if answer.ask == ask.id => answer,
        Ok(_) => return fail(portal, ask, "ASK-INVALID").await,
        Err(error) => {
            tracing::info!(ask = %ask.id, %error, "answer unreadable");
            return fail(portal, ask, "TOKEN-INVALID").await;
        }
    };
    if ask.is_expired(portal.ambient.now()) {
        return Ok(refused(StatusCode::GONE, "ASK-EXPIRED"));
    }
    if ask.state != State::Open {
        return Ok(used());
    }
    match answer.outcome {
        Outcome::Refusal(refusal) => end_by(portal, ask, refusal).await,
        Outcome::Token(token, device) => check(portal, ask, token, device, place).await,
    }
}

async fn end_by(portal: &Portal, ask: &Ask, refusal: Refusal) -> Result<Reply, Fault> {
    let problem = match refusal {
        Refusal::Cancelled => "CANCELLED",
        Refusal::NoIdentity => "NO-IDENTITY",
        Refusal::Refused => "REFUSED",
        Refusal::Failed => "FAILED",
    };
    let mut connection = portal.store.pool().acquire().await?;
    let ended = asks::end(&mut connection, &ask.id, "open", Some(problem)).await?;
    Ok(if ended {
        (StatusCode::OK, AnswerReply::Ended)
    } else {
        used()
    })
}

async fn check(
    portal: &Arc<Portal>,
    ask: &Ask,
    token: Token,
    device: Option<DeviceProof>,
    place: &Place,
) -> Result<Reply, Fault> {
    let proved = match prove(portal, ask, token, device).await? {
        Ok(proved) => proved,
        Err(error) => {
            tracing::info!(ask = %ask.id, %error, "answer refused");
            return fail(portal, ask, error.code()).await;
        }
    };
    // Whoever posted may be gone before the CA has been asked: what was won comes to its end all the same.
    let (portal, ask, place) = (Arc::clone(portal), ask.clone(), place.clone());
    tokio::spawn(async move { win(&portal, &ask, proved, &place).await })
        .await
        .map_err(|_| Fault::CutOff)?
}

async fn win(portal: &Portal, ask: &Ask, proved: Proved, place: &Place) -> Result<Reply, Fault> {
    if !asks::win(portal, &ask.id).await? {
        return Ok(used());
    }
    let possession = proved.possession.clone();
    match judge(portal, ask, proved).await? {
        Ok(proof) => accept(portal, proof).await,
        Err(unfit) => {
            unfit.log(&ask.id);
            end_after_proof(portal, ask, &possession, &unfit, place).await
        }
    }
}

/// An answer whose token's signature was verified.
struct Proved {
    possession: Possession,
    /// The device key that vouches for it. Where its own signature is wrong, that is told after what the certificate
    /// lacks.
    device: Option<Result<DeviceKey, CheckError>>,
}

/// Everything up to the signature, off the threads that serve requests: a large key is slow.
async fn prove(
    portal: &Arc<Portal>,
    ask: &Ask,
    token: Token,
    device: Option<DeviceProof>,
) -> Result<Result<Proved, CheckError>, Fault> {
    let portal = Arc::clone(portal);
    let statement = ask.statement.clone();
    let nonce = Nonce::of_statement(&statement);
    let work = move || {
        let algorithms = asks::algorithms(portal.config.policy);
        let origin = &portal.config.origin;
        let expected = Expected {
            origin,
            nonce: &nonce,
            algorithms: &algorithms,
        };
        let possession = check::possession(&token, &expected)?;
        let device = device.map(|device| device.verify(&statement, &token).cloned());
        Ok(Proved { possession, device })
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Fault::CutOff)
}

/// Policy, validity, path, revocation; then class, identity key and account.
async fn judge(
    portal: &Portal,
    ask: &Ask,
    Proved { possession, device }: Proved,
) -> Result<Result<Proof, Unfit>, Fault> {
    let account = match ask.subject {
        Some(_) => None,
        None => registered_with(portal, &possession).await?,
    };
    let wanted = ask
        .subject
        .or(account.as_ref().map(|account| account.key.kind));
    let (accepted, holder, ca_name) = match believe(portal, possession, wanted, ask.method).await? {
        Ok(believed) => believed,
        Err(unfit) => return Ok(Err(unfit)),
    };
    let mut connection = portal.store.pool().acquire().await?;
    let key = match judging::key(portal, &mut connection, &accepted.verified, &holder).await? {
        Ok(key) => key,
        Err(unfit) => return Ok(Err(unfit)),
    };
    // An account keeps its identity; a certificate that came to say another one opens it no more.
    if account.as_ref().is_some_and(|account| account.key != key) {
        return Ok(Err(CheckError::WrongSubject(key.kind).into()));
    }
    let device = match device.transpose() {
        Ok(device) => device,
        Err(error) => return Ok(Err(error.into())),
    };
    let account = account.map(|account| account.id);
    Ok(Ok(proof(ask, &accepted, key, ca_name, account, device)))
}

async fn registered_with(
    portal: &Portal,
    possession: &Possession,
) -> Result<Option<Account>, Fault> {
    let mut connection = portal.store.pool().acquire().await?;
    let fingerprint = possession.certificate().fingerprint();
    accounts::with_certificate(&mut connection, &fingerprint).await
}

/// The judged certificate, whom it names, and the name of its CA.
async fn believe(
    portal: &Portal,
    possession: Possession,
    wanted: Option<SubjectKind>,
    method: Method,
) -> Result<Result<(Accepted, Holder, String), Unfit>, Fault> {
    let whose = possession.certificate().clone();
    judging::with_material(portal, &whose, Reach::Network, move |material| {
        let Material {
            sources,
            evidence,
            at,
            settings,
        } = material;
        let accepted =
            check::certificate(&possession, &sources.trust, evidence.given(), *at, settings)?;
        let verified = &accepted.verified;
        let holder = judging::holder(sources, verified, wanted, method)?;
        let issuer_name = verified.certificate().issuer_name();
        let ca_name = sources.ca_name(verified.issuer(), issuer_name);
        Ok((accepted, holder, ca_name))
    })
    .await
}

fn proof(
    ask: &Ask,
    accepted: &Accepted,
    key: Key,
    ca_name: String,
    account: Option<i64>,
    device: Option<DeviceKey>,
) -> Proof {
    let verified = &accepted.verified;
    let certificate = verified.certificate();
    let identity = certificate.subject().identity().ok();
    let acting = identity.filter(|identity| identity.kind == Class::PersonInOrganisation);
    Proof {
        ask: ask.id,
        certificate: certificate.der().to_vec(),
        fingerprint: certificate.fingerprint(),
        serial: certificate.serial().to_owned(),
        key,
        name: identity
            .map_or_else(
                || certificate.subject().display_name(),
                |identity| &identity.name,
            )
            .to_owned(),
        acting_for: acting.and_then(|identity| identity.organisation.clone()),
        ca_name,
        world: verified.world(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        revocation: verified.revocation(),
        cleared: registered::cleared(verified),
        deviations: accepted.deviations.join(" "),
        account,
        device,
    }
}

async fn accept(portal: &Portal, proof: Proof) -> Result<Reply, Fault> {
    let ambient = portal.ambient.as_ref();
    let code = ReturnCode::from_bytes(random(ambient)?);
    let handle = Handle::from_bytes(random(ambient)?);
    proofs::store(portal, &proof, &code, &handle).await?;
    tracing::info!(ask = %proof.ask, serial = %proof.serial, revocation = %proof.revocation,
        deviations = %proof.deviations, "answer accepted");
    Ok((StatusCode::OK, AnswerReply::Accepted { code, handle }))
}

/// The signature verified and something after it didn't: the ask ends, and an account that it touches is told.
async fn end_after_proof(
    portal: &Portal,
    ask: &Ask,
    possession: &Possession,
    unfit: &Unfit,
    place: &Place,
) -> Result<Reply, Fault> {
    let (code, now) = (unfit.code(), portal.ambient.now());
    let mut transaction = portal.store.write().await?;
    asks::end(&mut transaction, &ask.id, "answered", Some(code)).await?;
    let fingerprint = possession.certificate().fingerprint();
    if let Some(account) = accounts::with_certificate(&mut transaction, &fingerprint).await? {
        if unfit.is_revoked() {
            registered::note_revoked(&mut transaction, &fingerprint, Some(now)).await?;
        }
        let entry = Entry {
            account: account.id,
            at: now,
            activity: if ask.subject.is_some() {
                ActivityKind::Registration
            } else {
                ActivityKind::SignIn
            },
            method: Some(ask.method),
            place,
            problem: Some(code),
        };
        history::write(&mut transaction, &entry).await?;
    }
    transaction.commit().await?;
    Ok(refused(StatusCode::FORBIDDEN, code))
}

async fn fail(portal: &Portal, ask: &Ask, code: &'static str) -> Result<Reply, Fault> {
    asks::count_failure(portal, &ask.id, code).await?;
    Ok(refused(StatusCode::FORBIDDEN, code))
}

pub(crate) fn refused(status: StatusCode, code: &str) -> Reply {
    (
        status,
        AnswerReply::Refused {
            code: code.to_owned(),
        },
    )
}

fn used() -> Reply {
    refused(StatusCode::CONFLICT, "ASK-USED")
}
