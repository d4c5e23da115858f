;; Turns the text that xtask/src/inlined.rs writes into bytes, in place. The table of three pages with 128 bytes each
;; is at the memory's beginning; the text is after it.
(module
  (memory (export "memory") 1)
  (func (export "unpack") (param $at i32) (param $end i32) (result i32)
    (local $out i32) (local $code i32)
    (local.set $out (local.get $at))
    (loop $next
      (if (i32.lt_u (local.get $at) (local.get $end)) (then
        (local.set $code (i32.load8_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        ;; "~", 126, says that the next letter is of the second page, "}", 125, of the third.
        (if (i32.gt_u (local.get $code) (i32.const 124)) (then
          (local.set $code (i32.add
            (i32.load8_u (local.get $at))
            (i32.shl (i32.sub (i32.const 127) (local.get $code)) (i32.const 7))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))))
        (i32.store8 (local.get $out) (i32.load8_u (local.get $code)))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        (br $next))))
    (local.get $out)))
