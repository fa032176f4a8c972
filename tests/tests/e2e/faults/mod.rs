//! Every fault at every function that a sign-in calls: the agent ends in the right problem within its deadline, stays
//! usable, spends no PIN try beyond those that were typed, and leaves no process behind.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod case;
mod hidden;
mod memory;
mod objects;
mod oddities;
mod person;
mod portal;
pub(crate) mod processes;
mod soak;
mod table;

use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::{Case, World};

/// More than cores: most of a case is waiting.
const AT_ONCE: usize = 8;

#[test]
fn every_fault_at_every_function_ends_in_its_problem() {
    let world = World::make();
    let folder = tempfile::tempdir().unwrap();
    let mut cases = table::cases(&world);
    let at_functions = cases.len();
    cases.extend(oddities::cases(&world, folder.path()));
    cases.extend(hidden::cases(&world));
    let wrong = run_all(&world, &cases);
    let _ = writeln!(
        std::io::stderr(),
        "fault suite: {} cases, of which {at_functions} are faults at functions; {} went wrong",
        cases.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 300, "only {} cases", cases.len());
    assert_eq!(processes::after_reaping(), Vec::<u32>::new());
}

/// Runs the cases on several threads; a line for each that went wrong.
fn run_all(world: &World, cases: &[Case]) -> Vec<String> {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let folder = tempfile::tempdir().unwrap();
                let sound = world.sound(folder.path());
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = case.run(world, &sound);
                    let lines = found
                        .into_iter()
                        .map(|what| format!("{}: {what}", case.name));
                    wrong.lock().unwrap().extend(lines);
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}
