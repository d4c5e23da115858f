// As a worker's bundler takes it, which hands the import over as a module.
import core from 'gatesocket/core.wasm'
import { init } from 'gatesocket/slim'

await init(core)
