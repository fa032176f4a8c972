//! Prints the modules that its arguments name and those that this machine tells of, one a line: file, where it was found,
//! whether it may be loaded, and what it says of itself and how many slots it has. The host program lies beside it.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use kyso_pkcs11::{Catalogue, Config, ModuleSpec, System, Tokens};

fn main() {
    let named = std::env::args_os().skip(1);
    let named = named.map(|path| ModuleSpec::configured("named", path));
    let modules = kyso_pkcs11::find(named.collect(), &Catalogue::default(), System::here());
    let here = std::env::current_exe().unwrap_or_default();
    let host_program = here.with_file_name("kyso-pkcs11-host");
    let tokens = Tokens::new(Config {
        host_program,
        modules,
    });
    for module in tokens.modules() {
        let path = module.path.display();
        println!(
            "{path}\t{:?}\t{:?}\t{:?}",
            module.source, module.file, module.state
        );
    }
}
