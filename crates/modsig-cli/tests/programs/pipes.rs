//! Keys, certificates, passphrases and policies from pipes, descriptors and standard input.

use crate::lab::*;

/// Runs a script of the shell in the lab: `$K`, `$S` and `$V` are the programs.
fn shell(lab: &Lab, script: &str) -> Outcome {
    let mut command = lab.command("sh", ["-c", script]);
    command.env("K", KEY).env("S", SIGN).env("V", VERIFY);
    Outcome::of(&mut command)
}

/// Kills: "cannot find the real path" and "is a FIFO" for what secret managers give.
#[test]
fn a_passphrase_comes_from_a_pipe() {
    let lab = Lab::new();
    lab.write("pin", "pw\n");
    let arguments = ["-q", "generate", "--algorithm", "p-256", "--encrypt", "--passphrase-file", "pin"];
    lab.run(KEY, [&arguments[..], &["--out", "key.pem"]].concat()).fine();
    make_fifo(&lab.path("fifo"));
    for script in [
        "cat pin | $K check --passphrase-file /dev/stdin key.pem",
        "cat pin | $K check --passphrase-file - key.pem",
        "$K check --passphrase-file - key.pem < pin",
        "$K check --passphrase-file /dev/fd/9 key.pem 9< pin",
        "cat pin | $K check --passphrase-file /dev/fd/9 key.pem 9<&0",
        "cat pin > fifo & $K check --passphrase-file fifo key.pem",
    ] {
        let outcome = shell(&lab, script).fine();
        assert!(outcome.stdout.starts_with("key.pem: good"), "{script}: {outcome:?}");
    }
    let wrong = shell(&lab, "echo no | $K check --passphrase-file - key.pem");
    wrong.one_error(5, KEY, "key.pem", "the passphrase does not decrypt");
}

#[test]
fn keys_certificates_and_policies_come_from_pipes() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.write("policy.toml", "base = \"default\"\n");
    for script in [
        "cat key.pem | $S --key - crc16.ko",
        "cat key.pem | $S --key /dev/stdin crc16.ko",
        "cat key.pem | $S --key - --cert key.x509 crc16.ko",
        "cat key.x509 | $S --key key.pem --cert /dev/fd/9 crc16.ko 9<&0",
    ] {
        lab.module("crc16.ko");
        shell(&lab, script).fine();
        shell(&lab, "cat key.x509 | $V --trust - crc16.ko").fine();
        shell(&lab, "cat key.x509 | $V --trust /dev/stdin crc16.ko").fine();
        shell(&lab, "cat policy.toml | $V --policy - --trust key.x509 crc16.ko").fine();
        shell(&lab, "cat key.pem | $K show -").fine();
    }
    lab.write("config", "CONFIG_MODULE_SIG=y\nCONFIG_CRYPTO_SHA512=y\nCONFIG_CRYPTO_MLDSA=y\n");
    shell(&lab, "cat config | $V --kernel 7.2 --kernel-config - --trust key.x509 crc16.ko").fine();
    lab.module("crc16.ko");
    shell(&lab, "$S --detached --key key.pem crc16.ko").fine();
    shell(&lab, "cat crc16.ko.p7s | $S --attach --signature - --cert key.x509 crc16.ko").fine();
}

/// Kills: an endless pipe that fills the memory; a second reader of standard input that gets nothing and says so of a key.
#[test]
fn pipes_are_bounded_and_read_once() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("crc16.ko");
    let outcome = shell(&lab, "head -c 17000000 /dev/zero | $K show -");
    outcome.one_error(6, KEY, "-", "the limit is 16777216 bytes");
    let outcome = shell(&lab, "cat key.pem | $S --key - --cert - crc16.ko");
    outcome.one_error(2, SIGN, "-", "standard input is named twice");
    let outcome = shell(&lab, "cat key.x509 | $V --trust - --files-from -");
    outcome.one_error(2, VERIFY, "standard input", "standard input is named twice");
    shell(&lab, "$K show - < .").one_error(6, KEY, "-", "a directory");
    // A FIFO in a directory of certificates was not asked for by name: it is not waited for.
    std::fs::create_dir(lab.path("trusted.d")).unwrap();
    make_fifo(&lab.path("trusted.d/fifo.pem"));
    let outcome = lab.run(VERIFY, ["--trust", "trusted.d", "crc16.ko"]);
    outcome.one_error(6, VERIFY, "trusted.d/fifo.pem", "is a FIFO");
    // What is no file and no pipe is still refused at once.
    for name in [".", "/dev/zero"] {
        lab.run(SIGN, ["--key", name, "crc16.ko"]).one_error(6, SIGN, name, "not a file or a pipe");
    }
}
