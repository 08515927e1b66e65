//! See [`modsig_cli::sign_module`].

fn main() -> std::process::ExitCode {
    modsig_cli::sign_module::main()
}
