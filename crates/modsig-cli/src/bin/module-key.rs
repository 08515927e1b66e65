//! See [`modsig_cli::module_key`].

fn main() -> std::process::ExitCode {
    modsig_cli::module_key::main()
}
