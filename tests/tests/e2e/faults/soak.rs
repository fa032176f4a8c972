//! Many signatures over a module that crashes at random, one call in fifty: each is right or fails with a problem of its
//! own, no PIN is tried twice, and neither this process nor its hosts grow.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Command;
use std::time::Instant;

use kyso_agent::drivers::Drivers;
use kyso_agent::login::SignOrder;
use kyso_agent::problem::{Failure, Problem};
use kyso_faulty_module::{Fault, Misdeed};
use kyso_pkcs11::{KeyRef, Pin, Scheme};
use kyso_protocol::check::{self, Expected};
use kyso_protocol::{Algorithm, Nonce, Origin, Token};

use super::case::{Late, PIN, Planned, World};
use super::processes::{after_reaping, children, ends, resident};

/// How many signatures; `./dev soak` sets it for a long run.
const COUNT: &str = "KYSO_SOAK_SIGNATURES";
const INSIDE: &str = "KYSO_SOAK_INSIDE";
const ONE_CALL_IN: u64 = 50;
/// What caches of the system's allocator may still take after the warm-up, in KiB.
const GROWTH_MAX: u64 = 4096;

/// In a process of its own: the memory of other tests is none of its concern.
#[test]
fn signatures_over_a_module_that_crashes_at_random_are_right_or_fail_typed() {
    if std::env::var_os(INSIDE).is_some() {
        return soak();
    }
    let name =
        "faults::soak::signatures_over_a_module_that_crashes_at_random_are_right_or_fail_typed";
    let mut again = Command::new(std::env::current_exe().unwrap());
    // One heap for all threads: what each of several keeps for later would look like growth.
    let environment = [(INSIDE, "1"), ("MALLOC_ARENA_MAX", "1")];
    again
        .args(["--exact", name, "--nocapture"])
        .envs(environment);
    let output = again.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let lines = said.lines().filter(|line| line.starts_with("soak"));
    lines.for_each(|line| drop(writeln!(std::io::stderr(), "{line}")));
}

fn soak() {
    let count: u64 = std::env::var(COUNT).map_or(500, |count| count.parse().unwrap());
    let (world, folder) = (World::make(), tempfile::tempdir().unwrap());
    let crash = Fault {
        one_in: Some(ONE_CALL_IN),
        ..Fault::at("*", Misdeed::BadWrite)
    };
    let planned = Planned::write(folder.path(), "crashing", world.tokens(), vec![crash]);
    let driver = world.driver(planned.spec(Late::Never));
    let drivers = world.drivers(&[&driver]);
    let key = listed(&drivers);
    let (begun, mut outcomes, mut memory) = (Instant::now(), BTreeMap::new(), Memory::default());
    for number in 0..count {
        *outcomes
            .entry(sign(&drivers, &key, number))
            .or_insert(0_u64) += 1;
        memory.look(number, count);
    }
    let seconds = begun.elapsed().as_secs_f64();
    let (tries, hosts) = (
        planned.record.count("C_Login") as u64,
        planned.record.hosts(),
    );
    drop((driver, drivers));
    let _ = writeln!(
        std::io::stderr(),
        "soak: {count} signatures in {seconds:.1} s over {} hosts: {outcomes:?}; {tries} PIN tries; {memory}",
        hosts.len(),
    );
    assert!(tries <= count, "{tries} tries for {count} PINs");
    assert!(
        outcomes
            .keys()
            .all(|outcome| ["right", "MODULE-DIED"].contains(outcome)),
        "{outcomes:?}"
    );
    assert!(
        outcomes.len() == 2,
        "it neither crashed nor worked: {outcomes:?}"
    );
    assert!(memory.is_flat(), "{memory}");
    assert!(hosts.into_iter().all(ends));
    assert_eq!(after_reaping(), Vec::<u32>::new());
}

/// The key, as soon as a list comes through.
fn listed(drivers: &Drivers) -> KeyRef {
    let keys = || {
        drivers
            .list()
            .into_iter()
            .find_map(|slot| slot.token.ok()?.certificates.into_iter().next())
    };
    std::iter::repeat_with(keys)
        .take(1000)
        .flatten()
        .next()
        .unwrap()
}

/// One signature as the agent makes and checks it.
fn sign(drivers: &Drivers, key: &KeyRef, number: u64) -> &'static str {
    let origin = Origin::parse("https://portal.example").unwrap();
    let nonce = Nonce::of_statement(&number.to_be_bytes());
    let order = SignOrder {
        key: key.clone(),
        ways: vec![(Scheme::Ecdsa, nonce.digest(Algorithm::ES256, &origin))],
        pin: Some(Pin::new(PIN.as_bytes()).unwrap()),
        unlocked: false,
    };
    match drivers.sign(order) {
        Ok(signature) => {
            let token = Token::new(
                key.certificate_der.clone(),
                Algorithm::ES256,
                signature.bytes,
                None,
            );
            let expected = Expected {
                origin: &origin,
                nonce: &nonce,
                algorithms: &[Algorithm::ES256],
            };
            check::possession(&token, &expected).map_or("wrong", |_| "right")
        }
        Err(error) => {
            let (module, ca) = (key.module.clone(), String::new());
            Problem::from(&Failure::Sign { module, ca, error })
                .code
                .as_str()
        }
    }
}

/// Resident memory in KiB, after the warm-up and at the end; of hosts the most that one had.
#[derive(Default)]
struct Memory {
    agent: [u64; 2],
    hosts: [u64; 2],
}

impl Memory {
    /// A tenth is warm-up; then the first and the last tenth are compared.
    fn look(&mut self, number: u64, count: u64) {
        let tenth = (count / 10).max(1);
        let part = match number / tenth {
            1 => 0,
            9 => 1,
            _ => return,
        };
        let most = children(std::process::id())
            .into_iter()
            .filter_map(resident)
            .max();
        self.hosts[part] = self.hosts[part].max(most.unwrap_or_default());
        self.agent[part] = self.agent[part].max(resident(std::process::id()).unwrap());
    }

    fn is_flat(&self) -> bool {
        [self.agent, self.hosts]
            .iter()
            .all(|[early, late]| *early > 0 && *late <= early + GROWTH_MAX)
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [[agent, agent_late], [host, host_late]] = [self.agent, self.hosts];
        write!(
            f,
            "agent {agent} then {agent_late} KiB, hosts {host} then {host_late} KiB"
        )
    }
}
