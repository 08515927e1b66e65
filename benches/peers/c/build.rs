//! Compiles the shims, and builds or finds the libraries.

fn main() {
    println!("cargo::rerun-if-changed=src");
    #[cfg(feature = "openssl")]
    {
        let library = openssl_src::Build::new().build();
        shim("openssl", library.include_dir());
        library.print_cargo_metadata();
    }
    #[cfg(feature = "wolfssl")]
    {
        println!("cargo::rerun-if-env-changed=WOLFSSL_DIR");
        let folder = std::env::var("WOLFSSL_DIR")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../target/wolfssl/installed").into());
        let folder = std::path::Path::new(&folder);
        let library = folder.join("lib");
        assert!(
            library.join("libwolfssl.a").exists(),
            "no libwolfssl.a in {}: run benches/peers/c/wolfssl.sh first",
            library.display()
        );
        shim("wolfssl", &folder.join("include"));
        println!("cargo::rustc-link-search=native={}", library.display());
        println!("cargo::rustc-link-lib=static=wolfssl");
        println!("cargo::rustc-link-lib=m");
    }
}

#[cfg(any(feature = "openssl", feature = "wolfssl"))]
fn shim(name: &str, include: &std::path::Path) {
    cc::Build::new().file(format!("src/{name}.c")).include(include).compile(&format!("{name}_shim"));
}
