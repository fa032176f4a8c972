//! Where the built module lies.

use std::io;
use std::path::{Path, PathBuf};

const FILE: &str = "libkyso_faulty_module.so";

/// The module of the same build as the running test or program.
///
/// # Errors
/// It isn't there: the program doesn't depend on this crate.
pub fn module_file() -> io::Result<PathBuf> {
    let me = std::env::current_exe()?;
    let folder = me.parent().unwrap_or(Path::new("."));
    // Cargo puts it where it puts test binaries, one folder below programs.
    [folder.join(FILE), folder.join("deps").join(FILE)]
        .into_iter()
        .find(|file| file.is_file())
        .ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                format!("{FILE} beside {}", me.display()),
            )
        })
}

/// A copy of the module in `folder` that doesn't export `symbol`: its name is another one there.
///
/// # Errors
/// What the system answers, or the module has no such symbol.
pub fn without_symbol(symbol: &str, folder: &Path) -> io::Result<PathBuf> {
    let mut bytes = std::fs::read(module_file()?)?;
    let name = format!("\0{symbol}\0").into_bytes();
    let found: Vec<usize> = (0..bytes.len().saturating_sub(name.len()))
        .filter(|at| bytes.get(*at..at + name.len()) == Some(&name))
        .collect();
    if found.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("{symbol} in {FILE}"),
        ));
    }
    for at in found {
        if let Some(first) = bytes.get_mut(at + 1) {
            *first = b'X';
        }
    }
    let copy = folder.join(format!("without-{symbol}.so"));
    std::fs::write(&copy, bytes)?;
    Ok(copy)
}
