//! Gathers the evidence for one certificate: what is at hand, then the responders of those who issued the path, then
//! their lists. It ends as soon as what was gathered settles the matter.

use std::sync::Arc;

use kyso_certs::{
    CertError, Certificate, Crl, Doubt, OcspError, RevocationRule, Settings, Source, Verified,
    Wanted, judge, judge_answer, wanted,
};
use time::OffsetDateTime;

use super::{
    Evidence, EvidenceError, Gathered,
    kept::{Found, Piece},
    pile::{Asked, Fetched, Pile, abouts, take},
    requests::Round,
};
use crate::{ambient::Ambient, portal::Sources};

/// What is to be judged, by what, and when.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) certificate: Certificate,
    pub(crate) sources: Arc<Sources>,
    pub(crate) at: OffsetDateTime,
    pub(crate) settings: Settings,
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
        let mut listed = self.listed_aside().await?;
        listed.settings = self.settings(self.rules.rule);
        if self.fetcher.is_none() {
            return Ok(listed);
        }
        let wanted = wanted_by(question).await;
        let kept = self.at_hand(&wanted, question.at).await;
        let mut pile = Pile::new(listed, wanted, kept);
        if pile.wanted.is_empty() || self.is_settled(question, &pile.current()).await {
            return Ok(pile.current());
        }
        for round in Round::over(&pile.wanted) {
            let fetched = self.ask(question, &pile.wanted, *round, ambient).await;
            self.add(question, &mut pile, fetched).await;
            let gathered = pile.current();
            if self.is_settled(question, &gathered).await {
                self.keep(question, &pile.wanted, &gathered, &pile.fetched)
                    .await;
                return Ok(gathered);
            }
        }
        self.leave_out_answered(question, &mut pile).await;
        Ok(pile.whole())
    }

    /// Lays what came to the rest, in place of what was kept and is void.
    async fn add(&self, question: &Question, pile: &mut Pile, fetched: Vec<Fetched>) {
        for one in fetched {
            if let Some(newer) = self.newer(question, &one, pile) {
                // Whoever sits on the way may send again what the CA has taken back since.
                tracing::warn!("older evidence than what is kept");
                if let Some(newer) = pile.kept.get_mut(newer) {
                    newer.is_fresh = true;
                }
            } else {
                self.forget_void(question, pile, &one).await;
                pile.fetched.push(one);
            }
        }
    }

    /// Where a CA says now that it doesn't know a certificate, what it said before in its favour is void.
    async fn forget_void(&self, question: &Question, pile: &mut Pile, fetched: &Fetched) {
        if !self.is_disowned(question, pile, fetched).await {
            return;
        }
        for place in pile.about(&[fetched.about]) {
            if !self.clears(question, pile, place, fetched.place).await {
                continue;
            }
            pile.kept.remove(place);
            if let Err(error) = self.kept.drop(&fetched.about).await {
                tracing::error!(%error, "evidence can't be forgotten");
            }
        }
    }

    /// What was kept is better than nothing, as long as it counts: but in favour of those certificates only of which
    /// nobody has said anything now.
    async fn leave_out_answered(&self, question: &Question, pile: &mut Pile) {
        let gathered = pile.current();
        let mut void = Vec::new();
        for one in &pile.fetched {
            let answers = self.is_sound(question, &pile.wanted, &gathered, one).await
                || self.is_disowned(question, pile, one).await;
            let Some(wanted) = pile.wanted.get(one.place).filter(|_| answers) else {
                continue;
            };
            let answered: Vec<_> = abouts(wanted).collect();
            for place in pile.about(&answered) {
                let is_fresh = pile.kept.get(place).is_some_and(|kept| kept.is_fresh);
                if !is_fresh && self.clears(question, pile, place, one.place).await {
                    void.push(place);
                }
            }
        }
        void.sort_unstable();
        void.dedup();
        for place in void.into_iter().rev() {
            pile.kept.remove(place);
        }
    }

    /// Whether what is kept at `kept` says that the certificate at `place` is good.
    async fn clears(&self, question: &Question, pile: &Pile, kept: usize, place: usize) -> bool {
        let Some(kept) = pile.kept.get(kept) else {
            return false;
        };
        let mut alone = Gathered::default();
        if matches!(kept.piece, Piece::Ocsp(_)) {
            // The certificate of who made it may be one for the lists to clear.
            alone.crls = pile.current().crls;
        }
        take(&mut alone, kept.piece.clone());
        let judged = self.judged(question, alone, RevocationRule::SoftFail);
        let source = kept.piece.source();
        judged
            .await
            .and_then(Result::ok)
            .is_some_and(|verified| is_said_by(&verified, place, source))
    }

    /// Whether it is a responder's word that it doesn't know the certificate.
    async fn is_disowned(&self, question: &Question, pile: &Pile, one: &Fetched) -> bool {
        let Piece::Ocsp(answer) = &one.piece else {
            return false;
        };
        let gathered = Gathered {
            crls: pile.current().crls,
            ocsp: vec![answer.clone()],
            ..Gathered::default()
        };
        let judged = self.judged(question, gathered, RevocationRule::SoftFail);
        let judged = judged.await.and_then(Result::ok);
        let unknown = Doubt::from(OcspError::Unknown);
        judged.is_some_and(|verified| {
            let link = verified.links().get(one.place);
            link.is_some_and(|link| link.doubts.contains(&unknown))
        })
    }

    /// What is known of a certificate while nobody waits for it: what is at hand, and the lists of its path, each of
    /// which is asked for once in a `round`. Responders are asked for those only who sign in.
    ///
    /// # Errors
    /// A file among the lists is none.
    pub(crate) async fn look(
        self: &Arc<Self>,
        question: &Question,
        round: &Asked,
    ) -> Result<Gathered, EvidenceError> {
        let listed = self.listed_aside().await?;
        if self.fetcher.is_none() {
            return Ok(listed);
        }
        let wanted = wanted_by(question).await;
        let kept = self.at_hand(&wanted, question.at).await;
        let mut pile = Pile::new(listed, wanted, kept);
        for place in 0..pile.wanted.len() {
            if round.wants(&pile, place) {
                let fetched = self.list(question, &pile.wanted, place).await;
                self.add(question, &mut pile, fetched.into_iter().collect())
                    .await;
            }
        }
        let gathered = pile.whole();
        self.keep(question, &pile.wanted, &gathered, &pile.fetched)
            .await;
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

    /// The place of what was kept about the same, where it was made later.
    fn newer(&self, question: &Question, fetched: &Fetched, pile: &Pile) -> Option<usize> {
        let made = |piece: &Piece| match piece {
            Piece::Crl(lists) => lists.iter().map(Crl::this_update).max(),
            Piece::Ocsp(answer) => {
                let (trust, at) = (&question.sources.trust, question.at);
                let settings = self.settings(RevocationRule::HardFail);
                let wanted = pile.wanted.get(fetched.place)?;
                let answered = judge_answer(wanted, answer, trust, at, &settings);
                answered.ok().map(|answered| answered.said_by.this_update)
            }
        };
        let place = pile.about(&[fetched.about]).next()?;
        let is_newer = made(&pile.kept.get(place)?.piece)? > made(&fetched.piece)?;
        is_newer.then_some(place)
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

    /// Keeps what says by itself what is known of its certificate; what anybody may have put in its way is not kept.
    pub(super) async fn keep(
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
        let source = one.piece.source();
        match self.judged(question, alone, RevocationRule::SoftFail).await {
            Some(Ok(verified)) => is_said_by(&verified, one.place, source),
            Some(Err(CertError::Revoked(_))) => source == Source::Crl,
            _ => false,
        }
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

fn is_said_by(verified: &Verified, place: usize, source: Source) -> bool {
    let said = verified.links().get(place).and_then(|link| link.said_by);
    said.is_some_and(|said| said.source == source)
}
