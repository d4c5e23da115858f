//! The JavaScript around the wasm: wasm-bindgen's, without its ways to load the wasm, as a function that makes an instance.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::fingerprint::write;
use crate::process::{Step, output_of};
use crate::{cargo_tool, node};

/// The functions of a file that the wasm imports as they are.
type Imports = BTreeMap<String, Vec<String>>;

/// wasm-bindgen's file, which the others here are made of.
pub(crate) const BINDGEN: &str = "gatesocket.js";

/// Writes [`BINDGEN`], and with it the wasm and the files of ours that both call.
pub(crate) fn bind(compiled: &Path, folder: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(folder);
    let mut bind = Command::new(cargo_tool::wasm_bindgen()?.ensure()?.join("wasm-bindgen"));
    bind.args(["--target", "web", "--omit-default-module-path", "--out-dir"])
        .arg(folder)
        .arg(compiled);
    Step::new("Writing the JavaScript around the wasm", "", bind).run()
}

/// Leaves out what the package has no use for.
pub(crate) fn shrink(folder: &Path) -> Result<()> {
    let file = folder.join(BINDGEN);
    let imports = imports(&folder.join("gatesocket_bg.wasm"))?;
    let glue = with_start(&fs::read_to_string(&file)?, &imports);
    write(&file, &with_ours(glue)?)
}

/// Parts of wasm-bindgen's file, from a line that begins so to one that is so, and what stands in their place.
///
/// A text is decoded without `TextDecoder`, which jsdom lacks, and of which Safari wants a new one after 2 GB. A closure
/// needs no `FinalizationRegistry`, because the driver owns it; nor do the two ways to give back a `Core` by hand. A call
/// after the driver dropped a closure does nothing: it would go into memory that was freed.
const OURS: [(&str, &str, &str); 8] = [
    (
        "let cachedTextDecoder = ",
        "cachedTextDecoder.decode();",
        "import { decodeText } from '../../text.js'",
    ),
    ("const MAX_SAFARI_DECODE_BYTES = ", "let numBytesDecoded = 0;", ""),
    ("function decodeText(", "}", ""),
    (
        "const CLOSURE_DTORS = ",
        "    : new FinalizationRegistry(state => wasm.__wbindgen_destroy_closure(state.a, state.b));",
        "",
    ),
    (
        "function makeClosure(",
        "}",
        "function makeClosure(a, b, call) {
    let count = 1;
    const closure = (...args) => {
        if (count === 0) return;
        count++;
        try {
            call(a, b, ...args);
        } finally {
            closure._wbg_cb_unref();
        }
    };
    closure._wbg_cb_unref = () => {
        if (--count === 0) wasm.__wbindgen_destroy_closure(a, b);
    };
    return closure;
}",
    ),
    ("    __destroy_into_raw() {", "    }", ""),
    ("    free() {", "    }", ""),
    ("if (Symbol.dispose) ", "", ""),
];

/// Fails where wasm-bindgen does not write any more what [`OURS`] stands for.
fn with_ours(mut glue: String) -> Result<String> {
    for (begin, end, ours) in OURS {
        let line = |text: &str, line: &str| {
            if text.starts_with(line) {
                Some(0)
            } else {
                text.find(&format!("\n{line}")).map(|at| at + 1)
            }
        };
        let part = line(&glue, begin).and_then(|from| {
            let rest = &glue[from..];
            let first = rest.find('\n')?;
            let to = match end {
                "" => first,
                end => rest.find(&format!("\n{end}\n"))? + 1 + end.len(),
            };
            Some(from..from + to)
        });
        let part = part.with_context(|| {
            format!("wasm-bindgen's file has no part from {begin:?} to {end:?}")
        })?;
        glue.replace_range(part, ours);
    }
    Ok(glue)
}

/// What the wasm imports that wasm-bindgen wrote nothing for, because it is called with numbers alone.
fn imports(wasm: &Path) -> Result<Imports> {
    let list = "const bytes = require('fs').readFileSync(process.argv[1]); \
                JSON.stringify(WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map(({ module, name }) => [module, name]))";
    let list = output_of(Command::new("node").args(["-p", list]).arg(wasm));
    let list: Vec<(String, String)> =
        serde_json::from_str(&list.context("Node.js could not read the wasm")?)?;
    let mut imports = Imports::new();
    for (file, name) in list {
        if file != "./gatesocket_bg.js" {
            imports.entry(file).or_default().push(name);
        }
    }
    Ok(imports)
}

/// With a function `start` in the place of wasm-bindgen's own ones, which are left out because nothing uses them: they take
/// the wasm in seven forms. `start` takes what instantiates the wasm with given imports and returns its exports.
///
/// Files of ours are imported by name, so that only what is called is in the package.
fn with_start(glue: &str, imports: &Imports) -> String {
    let is_whole_file = |line: &str| {
        let line = line.trim_start();
        line.starts_with("import * as ")
            || line.starts_with("\"./snippets/")
            || line.starts_with("\"../")
    };
    let mut glue: String = glue.split_inclusive('\n').filter(|line| !is_whole_file(line)).collect();
    let mut files = String::new();
    for (number, (file, names)) in imports.iter().enumerate() {
        let aliases = names.iter().map(|name| format!("{name} as {name}{number}"));
        let keys = names.iter().map(|name| format!("{name}: {name}{number}"));
        let (aliases, keys): (Vec<_>, Vec<_>) = (aliases.collect(), keys.collect());
        // Can't fail: a String takes everything.
        let _ = writeln!(glue, "import {{ {} }} from '{file}'", aliases.join(", "));
        let _ = writeln!(files, "    '{file}': {{ {} }},", keys.join(", "));
    }
    format!(
        "{glue}export function start(instantiate) {{\n  wasm = instantiate({{\n    ...__wbg_get_imports(),\n{files}  }})\n  \
         wasm.__wbindgen_start()\n}}\n"
    )
}

/// What is the facade's. All instances share it.
const FACADE: [&str; 2] = ["--external:../../host.js", "--external:../../text.js"];

/// Writes `glue.js`: a function around all of wasm-bindgen's JavaScript, which has one instance of the wasm in variables of
/// its own. Each call makes another one, so that a crash ends one instance and nothing more.
pub(crate) fn write_instances(folder: &Path) -> Result<()> {
    let (one, all) = (folder.join("one.js"), folder.join("glue.js"));
    write(&one, &format!("export {{ Core, start }} from './{BINDGEN}'\n"))?;
    let mut bundle = Command::new(node::bin("pkg-template").join("esbuild"));
    bundle
        .arg(one)
        .args(["--bundle", "--target=es2022", "--format=esm"])
        .args(FACADE)
        .args(["--log-level=warning", "--legal-comments=none"])
        .arg(format!("--outfile={}", all.display()));
    Step::new("Bundling the JavaScript around the wasm", "", bundle).run()?;
    write(&all, &in_a_function(&fs::read_to_string(&all)?))?;
    write(&all.with_extension("d.ts"), TYPES)
}

/// What esbuild made, whose last statement is `export { … }`, as a module with one function that returns the same.
fn in_a_function(module: &str) -> String {
    let (body, exports) = module.rsplit_once("\nexport {").unwrap_or((module, "};\n"));
    let (mut imports, mut rest) = (String::new(), String::new());
    let mut is_import = false;
    for line in body.split_inclusive('\n') {
        is_import |= line.starts_with("import ");
        if is_import {
            imports.push_str(line)
        } else {
            rest.push_str(line)
        }
        is_import &= !line.trim_end().ends_with("\";");
    }
    format!("{imports}export function glue() {{\n{rest}\nreturn {{{exports}}}\n")
}

const TYPES: &str = "\
export function glue(): {
  Core: typeof import('./gatesocket.js').Core
  start(instantiate: (imports: WebAssembly.Imports) => WebAssembly.Exports): void
}
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_becomes_a_function_below_what_it_imports() {
        let module = r#"// one.js
import {
  tell
} from "../host.js";
import { sentence } from "../sentences.js";
var wasm;
function start() {
  tell(wasm, sentence);
}
export {
  start
};
"#;
        let made = r#"import {
  tell
} from "../host.js";
import { sentence } from "../sentences.js";
export function glue() {
// one.js
var wasm;
function start() {
  tell(wasm, sentence);
}
return {
  start
};
}
"#;
        assert_eq!(in_a_function(module), made);
    }

    #[test]
    fn a_closure_that_was_dropped_calls_nothing_and_is_freed_once() {
        let ours =
            OURS.map(|(.., ours)| ours).into_iter().find(|ours| ours.contains("makeClosure"));
        let ours = ours.expect("one part makes closures");
        let script = format!(
            "const calls = [];
            const wasm = {{ __wbindgen_destroy_closure: (...at) => calls.push(['freed', ...at]) }};
            {ours}
            const closure = makeClosure(1, 2, (...given) => calls.push(given));
            closure('alive');
            closure._wbg_cb_unref();
            closure('late');
            const own = makeClosure(3, 4, (...given) => {{
                own._wbg_cb_unref();
                calls.push(given);
            }});
            own('drops itself');
            own('late');
            JSON.stringify(calls)"
        );
        let calls = output_of(Command::new("node").args(["-p", &script]));
        let made = r#"[[1,2,"alive"],["freed",1,2],[3,4,"drops itself"],["freed",3,4]]"#;
        assert_eq!(calls.as_deref(), Some(made));
    }

    #[test]
    fn what_the_wasm_imports_as_it_is_comes_by_name() {
        let glue = r#"import { measured } from './snippets/x/timing.js';
import * as import1 from "./snippets/x/incoming.js"
import * as import2 from "./snippets/x/incoming.js"
import * as import3 from "../../host.js"
    return {
        "./gatesocket_bg.js": import0,
        "./snippets/x/incoming.js": import1,
        "./snippets/x/incoming.js": import2,
        "../../host.js": import3,
    };
"#;
        let made = r#"import { measured } from './snippets/x/timing.js';
    return {
        "./gatesocket_bg.js": import0,
    };
import { tell as tell0 } from '../../host.js'
import { now as now1, read as read1 } from './snippets/x/incoming.js'
export function start(instantiate) {
  wasm = instantiate({
    ...__wbg_get_imports(),
    '../../host.js': { tell: tell0 },
    './snippets/x/incoming.js': { now: now1, read: read1 },
  })
  wasm.__wbindgen_start()
}
"#;
        let imports =
            [("./snippets/x/incoming.js", &["now", "read"][..]), ("../../host.js", &["tell"])];
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let imports = imports.map(|(file, names)| (file.to_owned(), owned(names))).into();
        assert_eq!(with_start(glue, &imports), made);
    }
}
