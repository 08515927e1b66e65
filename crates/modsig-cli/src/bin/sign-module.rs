//! See [`modsig_cli::sign_module`]; called as `sign-file` (by a link) it is [`modsig_cli::sign_file`].

fn main() -> std::process::ExitCode {
    if modsig_cli::sign_file::is_asked_for() {
        return modsig_cli::sign_file::main();
    }
    modsig_cli::sign_module::main()
}
