;; Puts the wasm together of the text that xtask/src/inlined.rs has taken it apart into. A stream is called by the address at
;; which it is noted how far it was read: 4 times its number among `Stream` there. The opcodes are at 256, and the streams of
;; their operands at 512.
(module
  (memory (export "memory") 1)
  ;; Where the next byte is written.
  (global $out (mut i32) (i32.const 0))

  ;; The next number of a stream: letters that stand for 60 to 86, and one for 0 to 59.
  (func $next (param $stream i32) (result i32)
    (local $at i32) (local $code i32) (local $high i32)
    (local.set $at (i32.load (local.get $stream)))
    (loop $digit
      (local.set $code (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      ;; Without the gaps at "<", "\" and "`".
      (local.set $code (i32.sub
        (i32.sub (i32.sub (local.get $code) (i32.const 37)) (i32.gt_u (local.get $code) (i32.const 60)))
        (i32.add (i32.gt_u (local.get $code) (i32.const 92)) (i32.gt_u (local.get $code) (i32.const 96)))))
      (if (i32.gt_u (local.get $code) (i32.const 59)) (then
        (local.set $high (i32.add
          (i32.mul (local.get $high) (i32.const 27))
          (i32.sub (local.get $code) (i32.const 60))))
        (br $digit))))
    (i32.store (local.get $stream) (local.get $at))
    (i32.add (i32.mul (local.get $high) (i32.const 60)) (local.get $code)))

  (func $byte (param $value i32)
    (i32.store8 (global.get $out) (local.get $value))
    (global.set $out (i32.add (global.get $out) (i32.const 1))))

  ;; Writes a number without a sign, as LEB128.
  (func $number (param $value i32)
    (loop $more
      (if (i32.gt_u (local.get $value) (i32.const 127)) (then
        (call $byte (i32.or (local.get $value) (i32.const 128)))
        (local.set $value (i32.shr_u (local.get $value) (i32.const 7)))
        (br $more))))
    (call $byte (local.get $value)))

  (func $is_over (param $stream i32) (result i32)
    (i32.eq (i32.load8_u (i32.load (local.get $stream))) (i32.const 35)))

  ;; Copies all bytes of a stream. In that of the tail, a letter stands for itself unless it is "}", with which a number begins.
  (func $all (param $stream i32)
    (local $at i32) (local $letter i32)
    (loop $more
      (if (i32.eqz (call $is_over (local.get $stream))) (then
        (local.set $letter (i32.load8_u (local.tee $at (i32.load (local.get $stream)))))
        (if (i32.and (i32.eq (local.get $stream) (i32.const 4)) (i32.ne (local.get $letter) (i32.const 125)))
          (then (i32.store (local.get $stream) (i32.add (local.get $at) (i32.const 1))))
          (else (local.set $letter (call $next (local.get $stream)))))
        (call $byte (local.get $letter))
        (br $more)))))

  ;; Takes the text from one address to another, which is not below 768 and has zeros after it: there the module is written.
  ;; Returns where it ends.
  (func (export "unpack") (param $at i32) (param $end i32) (result i32)
    (local $begin i32) (local $count i32) (local $depth i32) (local $value i32) (local $operands i32)
    (loop $stream
      (i32.store (local.get $count) (local.get $at))
      (local.set $count (i32.add (local.get $count) (i32.const 4)))
      (loop $letter
        (local.set $value (i32.load8_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $letter (i32.ne (local.get $value) (i32.const 35))))
      (br_if $stream (i32.lt_u (local.get $at) (local.get $end))))
    (global.set $out (i32.const 256))
    (call $all (i32.const 8))
    (global.set $out (i32.const 512))
    (call $all (i32.const 12))
    (global.set $out (local.get $end))
    (call $all (i32.const 0))
    (loop $function
      (if (i32.eqz (call $is_over (i32.const 16))) (then
        ;; The size of the function is known only afterwards: four bytes for it.
        (global.set $out (local.tee $begin (i32.add (global.get $out) (i32.const 4))))
        ;; Locals: a number of groups, and two numbers for each.
        (call $number (local.tee $count (call $next (i32.const 20))))
        (local.set $count (i32.shl (local.get $count) (i32.const 1)))
        (loop $local
          (if (local.get $count) (then
            (call $number (call $next (i32.const 20)))
            (local.set $count (i32.sub (local.get $count) (i32.const 1)))
            (br $local))))
        (local.set $depth (i32.const 1))
        (loop $instruction
          (local.set $value (call $next (i32.const 16)))
          (local.set $operands (i32.shl (i32.load8_u offset=512 (local.get $value)) (i32.const 2)))
          (call $byte (local.tee $value (i32.load8_u offset=256 (local.get $value))))
          ;; 2 to 4 are `block`, `loop` and `if`, and 11 is `end`.
          (local.set $depth (i32.sub
            (i32.add (local.get $depth) (i32.lt_u (i32.sub (local.get $value) (i32.const 2)) (i32.const 3)))
            (i32.eq (local.get $value) (i32.const 11))))
          (block $done
            (br_if $done (i32.eqz (local.get $operands)))
            ;; `I32` is `I32Added` before an addition, a subtraction or what 0xfc begins.
            (if (i32.eq (local.get $operands) (i32.const 32)) (then
              (local.set $count (i32.load (i32.const 16)))
              (local.set $value (i32.load8_u offset=256 (call $next (i32.const 16))))
              (i32.store (i32.const 16) (local.get $count))
              (local.set $operands (i32.shl
                (i32.add
                  (i32.const 8)
                  (i32.or
                    (i32.lt_u (i32.sub (local.get $value) (i32.const 0x6a)) (i32.const 2))
                    (i32.eq (local.get $value) (i32.const 0xfc))))
                (i32.const 2)))))
            (if (i32.eq (local.get $operands) (i32.const 24)) (then
              ;; `Rare`
              (local.set $count (call $next (i32.const 24)))
              (loop $more
                (call $byte (call $next (i32.const 24)))
                (br_if $more (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
              (br $done)))
            (if (i32.lt_u (local.get $operands) (i32.const 44)) (then
              (loop $more
                (call $byte (local.tee $value (call $next (local.get $operands))))
                (br_if $more (i32.gt_u (local.get $value) (i32.const 127))))
              (br $done)))
            ;; Before an `Offset` is a hint of alignment, which is 0.
            (global.set $out (i32.add (global.get $out) (i32.eq (local.get $operands) (i32.const 44))))
            (call $number (call $next (local.get $operands))))
          (br_if $instruction (local.get $depth)))
        ;; LEB128 with zeros that need not be there.
        (local.set $value (i32.sub (global.get $out) (local.get $begin)))
        (i32.store (i32.sub (local.get $begin) (i32.const 4)) (i32.or
          (i32.or (i32.const 0x808080) (i32.and (local.get $value) (i32.const 127)))
          (i32.or
            (i32.shl (i32.and (local.get $value) (i32.const 0x3f80)) (i32.const 1))
            (i32.shl (i32.and (local.get $value) (i32.const 0x1fc000)) (i32.const 2)))))
        (br $function))))
    (call $all (i32.const 4))
    (global.get $out)))
