//! Gathers the evidence for one certificate: what is at hand, then the responders of those who issued the path, then
//! their lists. It ends as soon as what was gathered settles the matter.

use std::{sync::Arc, time::Duration};

use kyso_certs::{
    CertError, Certificate, Crl, OcspAnswer, OcspResponse, RevocationRule, Settings, Source,
    Verified, Wanted, judge, judge_answer, wanted,
};
use time::OffsetDateTime;
use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};

use super::{
    Evidence, EvidenceError, Gathered,
    fetch::{CRL_PATIENCE, FetchError, OCSP_PATIENCE},
    kept::{About, Found, Piece},
};
use crate::{
    ambient::{Ambient, random},
    portal::Sources,
};

/// What is to be judged, by what, and when.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) certificate: Certificate,
    pub(crate) sources: Arc<Sources>,
    pub(crate) at: OffsetDateTime,
    pub(crate) settings: Settings,
}

/// What a request brought, not yet judged.
struct Fetched {
    about: About,
    /// The place in the path of the certificate that it was asked for, the subscriber's first.
    place: usize,
    source: Source,
    bytes: Vec<u8>,
    piece: Piece,
}

impl Evidence {
    /// All evidence that there is to be had for a certificate, judged under the portal's own rule.
    ///
    /// # Errors
    /// A file among the lists is none. What can't be fetched is no error: the rule has the word.
    pub(crate) async fn gather(
        self: &Arc<Self>,
        question: &Question,
        ambient: &Arc<dyn Ambient>,
    ) -> Result<Gathered, EvidenceError> {
        let mut gathered = self.listed_aside().await?;
        gathered.settings = self.settings(self.rules.rule);
        if self.fetcher.is_none() {
            return Ok(gathered);
        }
        let wanted = wanted_by(question).await;
        let kept = self.at_hand(&wanted, question.at).await;
        for one in kept.iter().filter(|one| one.is_fresh) {
            take(&mut gathered, one.piece.clone());
        }
        if wanted.is_empty() || self.is_settled(question, &gathered).await {
            return Ok(gathered);
        }
        for round in Round::over(&wanted) {
            let mut fetched = self.ask(question, &wanted, *round, ambient).await;
            fetched.retain(|one| match self.newer(question, &wanted, one, &kept) {
                // Whoever sits on the way may send again what the CA has taken back since.
                Some(newer) => {
                    tracing::warn!("older evidence than what is kept");
                    take(&mut gathered, newer.clone());
                    false
                }
                None => true,
            });
            for one in &fetched {
                take(&mut gathered, one.piece.clone());
            }
            if self.is_settled(question, &gathered).await {
                self.keep(question, &wanted, &gathered, &fetched).await;
                return Ok(gathered);
            }
        }
        // Nobody answered: what was kept is better than nothing, as long as it counts.
        for one in kept.into_iter().filter(|one| !one.is_fresh) {
            take(&mut gathered, one.piece);
        }
        Ok(gathered)
    }

    /// Lists that have changed take long to read.
    async fn listed_aside(self: &Arc<Self>) -> Result<Gathered, EvidenceError> {
        let evidence = Arc::clone(self);
        let listed = tokio::task::spawn_blocking(move || evidence.listed());
        listed
            .await
            .map_err(|error| EvidenceError::set_up(&error))?
    }

    /// What was kept.
    async fn at_hand(&self, wanted: &[Wanted], now: OffsetDateTime) -> Vec<Found> {
        let mut kept = Vec::new();
        for about in wanted.iter().flat_map(abouts) {
            match self.kept.find(&about, now).await {
                Ok(found) => kept.extend(found),
                Err(error) => tracing::error!(%error, "kept evidence can't be read"),
            }
        }
        kept
    }

    /// What was kept about the same, where it was made later.
    fn newer<'a>(
        &self,
        question: &Question,
        wanted: &[Wanted],
        fetched: &Fetched,
        kept: &'a [Found],
    ) -> Option<&'a Piece> {
        let made = |piece: &Piece| match piece {
            Piece::Crl(lists) => lists.iter().map(Crl::this_update).max(),
            Piece::Ocsp(answer) => {
                let (trust, at) = (&question.sources.trust, question.at);
                let settings = self.settings(RevocationRule::HardFail);
                let wanted = wanted.get(fetched.place)?;
                let answered = judge_answer(wanted, answer, trust, at, &settings);
                answered.ok().map(|answered| answered.said_by.this_update)
            }
        };
        let before = kept.iter().find(|one| one.about == fetched.about)?;
        let is_newer = made(&before.piece)? > made(&fetched.piece)?;
        is_newer.then_some(&before.piece)
    }

    /// Whether the evidence settles every certificate of the path.
    async fn is_settled(&self, question: &Question, gathered: &Gathered) -> bool {
        let strict = RevocationRule::HardFail;
        let judged = self.judged(question, gathered.clone(), strict).await;
        judged.is_some_and(|judged| !matches!(judged, Err(CertError::RevocationUnknown(_))))
    }

    async fn judged(
        &self,
        question: &Question,
        mut gathered: Gathered,
        rule: RevocationRule,
    ) -> Option<Result<Verified, CertError>> {
        let question = question.clone();
        gathered.settings = self.settings(rule);
        tokio::task::spawn_blocking(move || {
            judge(
                &question.certificate,
                &question.sources.trust,
                gathered.given(),
                question.at,
                &question.settings,
            )
        })
        .await
        .ok()
    }

    /// Asks for all certificates of the path at once; whatever came in time.
    async fn ask(
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
                            source: Source::Ocsp,
                            bytes,
                            piece: Piece::Ocsp(answer),
                        });
                    }
                }
            }
        }
        None
    }

    async fn list(
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

    /// Keeps what says by itself what is known of its certificate; what anybody may have put in its way is not kept.
    async fn keep(
        &self,
        question: &Question,
        wanted: &[Wanted],
        gathered: &Gathered,
        fetched: &[Fetched],
    ) {
        for one in fetched {
            if self.is_sound(question, wanted, gathered, one).await
                && let Err(error) = self.kept.keep(&one.about, &one.bytes, question.at).await
            {
                tracing::error!(%error, "evidence can't be kept");
            }
        }
    }

    async fn is_sound(
        &self,
        question: &Question,
        wanted: &[Wanted],
        gathered: &Gathered,
        one: &Fetched,
    ) -> bool {
        let mut alone = Gathered::default();
        take(&mut alone, one.piece.clone());
        if let (Piece::Ocsp(answer), Some(wanted)) = (&one.piece, wanted.get(one.place)) {
            let (trust, at) = (&question.sources.trust, question.at);
            let settings = self.settings(RevocationRule::HardFail);
            if judge_answer(wanted, answer, trust, at, &settings).is_ok() {
                return true;
            }
            // The certificate of who made it may be one for the lists to clear.
            alone.crls.clone_from(&gathered.crls);
        }
        let by_it = |verified: &Verified| {
            let said = verified
                .links()
                .get(one.place)
                .and_then(|link| link.said_by);
            said.is_some_and(|said| said.source == one.source)
        };
        match self.judged(question, alone, RevocationRule::SoftFail).await {
            Some(Ok(verified)) => by_it(&verified),
            Some(Err(CertError::Revoked(_))) => one.source == Source::Crl,
            _ => false,
        }
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
        source: Source::Crl,
        bytes,
        piece,
    })
}

/// Responders first: they know most, and their replies are small.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Round {
    Responders,
    Lists,
}

impl Round {
    /// The first is left out where nobody has a responder.
    fn over(wanted: &[Wanted]) -> &'static [Self] {
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

/// Nothing for a certificate that is refused whatever its CA says of it.
async fn wanted_by(question: &Question) -> Vec<Wanted> {
    let question = question.clone();
    let found = tokio::task::spawn_blocking(move || {
        wanted(
            &question.certificate,
            &question.sources.trust,
            question.at,
            &question.settings,
        )
    });
    found.await.ok().and_then(Result::ok).unwrap_or_default()
}

fn abouts(wanted: &Wanted) -> impl Iterator<Item = About> + '_ {
    let own = About::Certificate(wanted.certificate.fingerprint());
    let lists = wanted.crl.iter().map(|address| About::address(address));
    std::iter::once(own).chain(lists)
}

fn take(gathered: &mut Gathered, piece: Piece) {
    match piece {
        Piece::Ocsp(answer) => gathered.ocsp.push(answer),
        Piece::Crl(lists) => gathered.crls.extend(lists),
    }
}
