//! Responses as part of the evidence for a path.

use super::*;

#[test]
fn soft_fail_accepts_what_is_not_known_and_says_why() {
    let made = made();
    let by = OcspResponder::new(&made.ca, made.ca.certificate(), made.ca.key()).unwrap();
    let response = OcspResponse::from_der(&made.asked(&by)).unwrap();
    let settings = RevocationSettings {
        rule: RevocationRule::SoftFail,
        ..RevocationSettings::default()
    };
    let judged = |ocsp: &[OcspAnswer]| {
        let evidence = Evidence {
            ocsp,
            settings,
            ..Evidence::default()
        };
        judge(&made.cert, &made.trust, evidence, made.now, &path_only()).unwrap()
    };
    let nothing = judged(&[]);
    assert_eq!(nothing.revocation(), Revocation::NotChecked);
    assert_eq!(nothing.links()[0].doubts, [Doubt::Missing]);
    let unknown = judged(&[OcspAnswer::new(response, None)]);
    assert_eq!(unknown.revocation(), Revocation::Unknown);
    assert_eq!(unknown.links()[0].doubts, [Doubt::Ocsp(OcspError::Unknown)]);
}

#[test]
fn names_the_addresses_of_a_certificate_that_leads_to_an_anchor() {
    let made = made();
    let address = b"http://ocsp.kyso.example/";
    let length = u8::try_from(address.len()).unwrap();
    let mut places = vec![0x30, length + 14, 0x30, length + 12];
    places.extend([0x06, 8, 0x2b, 6, 1, 5, 5, 7, 48, 1, 0x86, length]);
    places.extend(address);
    let draft = Draft::new(citizen(), &key(9), made.now, made.now + Duration::DAY)
        .subscriber()
        .extension(AUTHORITY_INFORMATION, false, &places)
        .crl_at("http://crl.kyso.example/ca.crl");
    let named = Made {
        cert: parsed(&made.ca.issue(&draft).unwrap()),
        ..made
    };
    let wanted_of = named.wanted();
    assert_eq!(wanted_of.ocsp, ["http://ocsp.kyso.example/"]);
    assert_eq!(wanted_of.crl, ["http://crl.kyso.example/ca.crl"]);
    let stranger = Authority::root(Name::new().cn("Lạ"), key(5), named.now, named.now).unwrap();
    let trust = TrustStore::builder().anchor(None, own(&stranger));
    let trust = trust.build().unwrap();
    assert!(wanted(&named.cert, &trust, named.now, &path_only()).is_err());
}

#[test]
fn ocsp_for_the_person_and_a_list_for_the_ca_settle_a_path() {
    let now = OffsetDateTime::now_utc();
    let (from, to) = (now - Duration::DAY, now + Duration::DAY);
    let root = Authority::root(Name::new().o("Mẫu").cn("Gốc"), key(0), from, to).unwrap();
    let name = Name::new().o("Mẫu").cn("CA");
    let ca = root.subordinate(name, key(1), from, to).unwrap();
    let person = Draft::new(citizen(), &key(9), from, to).subscriber();
    let issued = ca.issue(&person).unwrap();
    let trust = TrustStore::builder()
        .anchor(None, own(&root))
        .intermediate(None, own(&ca));
    let (cert, trust) = (parsed(&issued), trust.build().unwrap());
    let wanted = wanted(&cert, &trust, now, &path_only()).unwrap();
    assert_eq!(wanted.len(), 2);
    assert_eq!(wanted[1].certificate, own(&ca));
    assert_eq!(wanted[1].issuer, own(&root));
    let responder = OcspResponder::new(&ca, ca.certificate(), ca.key()).unwrap();
    let request = wanted[0].request(Some(&NONCE)).unwrap();
    let response = responder.good(&issued).answer(&request).unwrap();
    let response = OcspResponse::from_der(&response).unwrap();
    let lists = crl(&CrlDraft::new(from, Some(to)).issue(&root).unwrap());
    let evidence = Evidence {
        crls: &lists,
        ocsp: &[OcspAnswer::new(response, Some(&NONCE))],
        settings: strict(),
    };
    let verified = judge(&cert, &trust, evidence, now, &path_only()).unwrap();
    let sources: Vec<_> = verified
        .links()
        .iter()
        .map(|link| link.said_by.map(|by| by.source))
        .collect();
    assert_eq!(sources, [Some(Source::Ocsp), Some(Source::Crl)]);
    assert_eq!(verified.revocation(), Revocation::Good);
    // The person is good and nobody knows of the CA.
    let told = |crls: &[kyso_certs::Crl], rule| {
        let evidence = Evidence {
            crls,
            settings: RevocationSettings {
                rule,
                ..RevocationSettings::default()
            },
            ..evidence
        };
        judge(&cert, &trust, evidence, now, &path_only()).map(|one| one.revocation())
    };
    let stale = CrlDraft::new(from, Some(now - Duration::HOUR));
    let stale = crl(&stale.issue(&root).unwrap());
    let soft = RevocationRule::SoftFail;
    assert_eq!(told(&[], soft), Ok(Revocation::NotChecked));
    assert_eq!(told(&stale, soft), Ok(Revocation::Unknown));
    let if_given = RevocationRule::IfGiven;
    assert_eq!(told(&[], if_given), Ok(Revocation::Good));
}

#[test]
fn a_newer_response_frees_what_an_old_list_named() {
    let made = made();
    let by = OcspResponder::new(&made.ca, made.ca.certificate(), made.ca.key()).unwrap();
    let response = made.asked(&by.good(&made.issued));
    let day = Duration::DAY;
    let old = CrlDraft::new(made.now - day * 2, Some(made.now - day));
    let old = old.revoke(&made.issued, made.now - day * 3);
    let old = crl(&old.issue(&made.ca).unwrap());
    let response = OcspResponse::from_der(&response).unwrap();
    let answer = OcspAnswer::new(response, Some(&NONCE));
    assert_eq!(said(made.verdict(answer, &old)), "good");
    let evidence = Evidence::from(&old);
    let alone = judge(&made.cert, &made.trust, evidence, made.now, &path_only());
    assert_eq!(alone.unwrap_err(), CertError::Revoked(Whose::Subject));
}

#[test]
fn an_older_response_frees_nothing_that_a_newer_list_named() {
    let made = made();
    let by = OcspResponder::new(&made.ca, made.ca.certificate(), made.ca.key()).unwrap();
    let response = made.asked(&by.good(&made.issued));
    let response = OcspResponse::from_der(&response).unwrap();
    let at = |minutes| made.now + Duration::minutes(minutes);
    let list = CrlDraft::new(at(10), Some(at(20))).revoke(&made.issued, at(5));
    let evidence = Evidence {
        crls: &crl(&list.issue(&made.ca).unwrap()),
        ocsp: &[OcspAnswer::new(response, None)],
        settings: strict(),
    };
    // Also before the list counts: its CA has said it all the same.
    for minutes in [1, 60] {
        let verdict = judge(&made.cert, &made.trust, evidence, at(minutes), &path_only());
        assert_eq!(said(verdict.map(drop)), "revoked", "{minutes}");
    }
}

#[test]
fn finds_its_answer_among_several_by_any_known_hash_and_refuses_two() {
    let made = made();
    let other = made.ca.issue(&Draft::new(
        citizen(),
        &key(8),
        made.now - Duration::DAY,
        made.now + Duration::DAY,
    ));
    let other = other.unwrap();
    let by = OcspResponder::new(&made.ca, made.ca.certificate(), made.ca.key()).unwrap();
    let by = by.good(&made.issued);
    let by = by.revoked(&other, made.now - Duration::DAY, "keyCompromise");
    let by = by.unwrap();
    let check = |about: &[&Issued], hash: &str, expected: &str| {
        let request = by.request(about, hash).unwrap();
        let response = OcspResponse::from_der(&by.answer(&request).unwrap()).unwrap();
        let told = said(made.verdict(OcspAnswer::new(response, None), &[]));
        assert_eq!(told, expected, "{hash}");
    };
    for hash in ["sha1", "sha256", "sha384", "sha512"] {
        check(&[&made.issued], hash, "good");
    }
    check(&[&other, &made.issued], "sha1", "good");
    check(&[&other], "sha256", "OtherCertificate");
    check(&[&made.issued, &made.issued], "sha1", "Twice");
    check(&[&made.issued], "sha224", "OtherCertificate");
}
