//! See [`modsig_cli::verify_module`].

fn main() -> std::process::ExitCode {
    modsig_cli::verify_module::main()
}
