//! The inputs kept by the fuzz targets, run as ordinary tests.

use std::path::Path;

fn replay(target: &str, run: impl Fn(&[u8])) {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus")).join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        run(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}

#[test]
fn kept_statements_do_not_panic() {
    replay("statement", kyso_protocol_fuzz_targets::statement);
}

#[test]
fn kept_tokens_do_not_panic() {
    replay("token", kyso_protocol_fuzz_targets::token);
}

#[test]
fn kept_links_do_not_panic() {
    replay("link", kyso_protocol_fuzz_targets::link);
}

/// The bodies of the fuzz targets, so that both run the same code.
#[expect(unreachable_pub, reason = "the fuzz targets are programs of their own")]
#[path = "../../fuzz/src/lib.rs"]
mod kyso_protocol_fuzz_targets;
