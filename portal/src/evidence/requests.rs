//! Asks a path's CAs for evidence: the responders of those who issued it, or their lists.

use std::{sync::Arc, time::Duration};

use kyso_certs::{OcspAnswer, OcspResponse, Wanted};
use time::OffsetDateTime;
use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};

use super::{
    Evidence, Gathered, Question,
    fetch::{CRL_PATIENCE, FetchError, OCSP_PATIENCE},
    kept::{About, Piece},
    pile::Fetched,
};
use crate::ambient::{Ambient, random};

impl Evidence {
    /// Asks for all certificates of the path at once; whatever came in time.
    pub(super) async fn ask(
        self: &Arc<Self>,
        question: &Question,
        wanted: &[Wanted],
        round: Round,
        ambient: &Arc<dyn Ambient>,
    ) -> Vec<Fetched> {
        let mut requests = JoinSet::new();
        for (place, one) in wanted.iter().enumerate() {
            let (evidence, ambient) = (Arc::clone(self), Arc::clone(ambient));
            let by_list = round == Round::Lists || one.ocsp.is_empty();
            let (question, wanted) = (question.clone(), wanted.to_vec());
            requests.spawn(async move {
                if by_list {
                    evidence.list(&question, &wanted, place).await
                } else {
                    let one = wanted.get(place)?;
                    evidence
                        .response(one, place, ambient.as_ref(), question.at)
                        .await
                }
            });
        }
        let end = Instant::now() + round.patience();
        let mut fetched = Vec::new();
        while let Ok(Some(done)) = timeout_at(end, requests.join_next()).await {
            fetched.extend(done.ok().flatten());
        }
        fetched
    }

    async fn response(
        &self,
        wanted: &Wanted,
        place: usize,
        ambient: &dyn Ambient,
        now: OffsetDateTime,
    ) -> Option<Fetched> {
        let fetcher = self.fetcher.as_ref()?;
        let nonce = random(ambient).ok()?;
        let request = wanted.request(Some(&nonce))?;
        for address in &wanted.ocsp {
            let read = |bytes: Vec<u8>| match OcspResponse::from_der(&bytes) {
                Ok(response) => Some((OcspAnswer::new(response, Some(&nonce)), bytes)),
                Err(error) => {
                    tracing::warn!(address, %error, "no OCSP response");
                    None
                }
            };
            match fetcher.ocsp(address, request.clone(), now).await {
                Err(error) => tracing::warn!(address, %error, "no OCSP response"),
                Ok(bytes) => {
                    if let Some((answer, bytes)) = read(bytes) {
                        return Some(Fetched {
                            about: About::Certificate(wanted.certificate.fingerprint()),
                            place,
                            bytes,
                            piece: Piece::Ocsp(answer),
                        });
                    }
                }
            }
        }
        None
    }

    pub(super) async fn list(
        self: &Arc<Self>,
        question: &Question,
        wanted: &[Wanted],
        place: usize,
    ) -> Option<Fetched> {
        let fetcher = self.fetcher.as_ref()?;
        for address in &wanted.get(place)?.crl {
            match fetcher.crl(address, question.at).await {
                Ok(bytes) => {
                    if let Some(fetched) = read_list(address, place, bytes).await {
                        return Some(fetched);
                    }
                }
                Err(error) => {
                    tracing::warn!(address, %error, "no revocation list");
                    if matches!(error, FetchError::TimedOut) {
                        self.fetch_aside(question, wanted, place, address);
                    }
                }
            }
        }
        None
    }

    /// A list that takes longer than anybody waits, for those who come later: one download an address.
    fn fetch_aside(
        self: &Arc<Self>,
        question: &Question,
        wanted: &[Wanted],
        place: usize,
        address: &str,
    ) {
        let Some(under_way) = UnderWay::begin(self, address) else {
            return;
        };
        let (question, wanted) = (question.clone(), wanted.to_vec());
        tokio::spawn(async move {
            let UnderWay { evidence, address } = &under_way;
            let Some(fetcher) = &evidence.fetcher else {
                return;
            };
            match fetcher.crl_at_leisure(address).await {
                Err(error) => tracing::warn!(address, %error, "no revocation list, however long"),
                Ok(bytes) => {
                    let fetched = read_list(address, place, bytes).await;
                    let nothing = Gathered::default();
                    evidence
                        .keep(&question, &wanted, &nothing, fetched.as_slice())
                        .await;
                }
            }
        });
    }
}

/// A download at leisure; over when it is dropped.
struct UnderWay {
    evidence: Arc<Evidence>,
    address: String,
}

impl UnderWay {
    /// None where the address is being read already.
    fn begin(evidence: &Arc<Evidence>, address: &str) -> Option<Self> {
        let is_first = evidence.under_way().insert(address.to_owned());
        is_first.then(|| Self {
            evidence: Arc::clone(evidence),
            address: address.to_owned(),
        })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.evidence.under_way().remove(&self.address);
    }
}

async fn read_list(address: &str, place: usize, bytes: Vec<u8>) -> Option<Fetched> {
    let about = About::address(address);
    let Some((piece, bytes)) = Piece::read_aside(about, bytes).await else {
        tracing::warn!(address, "no revocation list: not readable as one");
        return None;
    };
    Some(Fetched {
        about,
        place,
        bytes,
        piece,
    })
}

/// Responders first: they know most, and their replies are small.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    Responders,
    Lists,
}

impl Round {
    /// The first is left out where nobody has a responder.
    pub(super) fn over(wanted: &[Wanted]) -> &'static [Self] {
        if wanted.iter().all(|one| one.ocsp.is_empty()) {
            &[Self::Lists]
        } else {
            &[Self::Responders, Self::Lists]
        }
    }

    /// A little longer than one request's, so that a host that doesn't answer is known as such.
    fn patience(self) -> Duration {
        let one = match self {
            Self::Responders => OCSP_PATIENCE,
            Self::Lists => CRL_PATIENCE,
        };
        one + Duration::from_millis(200)
    }
}
