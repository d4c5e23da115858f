//! What templates print.

use super::{Input, Template};
use crate::integration::Context;
use crate::payload::Payload;
use serde_json::json;

const BODY: &str = r#"{"action":"add","pets":[{"name":"Rex","age":3},{"name":"Tom"}],"quote":"it's \"so\"","zero":0,"empty":"","none":null,"inner":"{\"a\":{\"b\":[1,2]}}","path":"$.action"}"#;

fn render_with(source: &str, body: &str) -> Result<String, String> {
    let event = || {
        br#"{"requestContext":{"connectionId":"HXT_RfBnPHcCIIg=","connectedAt":1742085982000,"identity":{"sourceIp":"127.0.0.1"},"authorizer":{"tenant":"a"}}}"#.to_vec()
    };
    let context = Context::new(&event);
    let (body, stage_variables) = (Payload::new(body), json!({"table": "cats", "a-b": "c"}));
    let input = Input { body: &body, context: &context, stage_variables: &stage_variables };
    Template::parse(source)?.render(&input).map(|text| text.to_string())
}

fn render(source: &str) -> String {
    render_with(source, BODY).unwrap()
}

#[test]
fn variables_of_the_service_have_their_values() {
    for (source, text) in [
        ("$context.connectionId", "HXT_RfBnPHcCIIg="),
        ("${context.connectedAt}", "1742085982000"),
        ("$context.identity.sourceIp.", "127.0.0.1."),
        ("$context.authorizer.tenant/$context.authorizer.none/$!context.nothing", "a//"),
        (
            "$stageVariables.table $stageVariables['a-b'] ${stageVariables[\"table\"]} $stageVariables.get('table')",
            "cats c cats cats",
        ),
        ("$stageVariables.none", ""),
        ("$input.json('$.pets')", r#"[{"name":"Rex","age":3},{"name":"Tom"}]"#),
        ("$input.json('$.action')", "\"add\""),
        ("$input.json('$.missing')", "\"\""),
        ("$input.json(\"$.zero\")$input.json('$.none')", "0null"),
        ("$input.json('$..name')", r#"["Rex","Tom"]"#),
        ("$input.path('$.action')", "add"),
        ("$input.path('$').pets[0].name", "Rex"),
        ("$input.path('$.pets')", "[{name=Rex, age=3}, {name=Tom}]"),
        ("$input.path('$.pets').size() $input.path('$.pets').count()", "2 2"),
        ("$input.path('$.missing')|$input.path('$.missing').deeper.still", "|"),
        ("$input.path($input.path('$.path'))", "add"),
    ] {
        assert_eq!(render(source), text, "{source}");
    }
    assert_eq!(render("$input.body"), BODY);
    assert_eq!(
        render_with("$input.body|$input.json('$')|$input.path('$.a')", "no JSON").unwrap(),
        "no JSON|\"\"|"
    );
}

#[test]
fn text_stays_as_it_is() {
    for source in [
        "",
        "plain",
        "a $ b $1 $, $$ 5$",
        "#ffffff # #1 a#b # end",
        "{\"$schema\": 1}",
        "${}",
        "$!",
        "x.y [1] {a}",
        "über 😀\r\n",
        "\\n \\",
    ] {
        assert_eq!(render(source), source);
    }
    assert_eq!(render("\\$input.body \\#set \\#if($x)"), "$input.body #set #if($x)");
    assert_eq!(render("#[[$input.body #if]]#!"), "$input.body #if!");
    assert_eq!(render("a## b $input.nothing\nc#* $input.x\n *#d"), "ac".to_owned() + "d");
}

#[test]
fn variables_are_set_and_printed() {
    for (source, text) in [
        ("#set($a = 1)$a", "1"),
        ("  #set( $a = 'x' )\n  ${a}y", "  xy"),
        ("#set($a = \"v$input.path('$.zero')-${input.path('$.action')}\")$a", "v0-add"),
        ("#set($a = '$input.body')$a", "$input.body"),
        ("#set($a = [1, 'b', [true]])$a $a[1] $a.get(2) $a[-3]", "[1, b, [true]] b [true] 1"),
        ("#set($a = {\"k\": 1, 'l': {}})$a $a.k $a['l'] $a.m", "{k=1, l={}} 1 {} "),
        ("#set($a = [1..3])$a#set($a = [3..1])$a", "[1, 2, 3][3, 2, 1]"),
        ("#set($a = $input.path('$.missing'))[$a]", "[]"),
        ("$never $!never ${never}.x $never.x()", ""),
        ("#set($o = $util.parseJson($input.path('$.inner')))$o.a.b[1]", "2"),
        (
            "$util.escapeJavaScript($input.path('$.quote')).replaceAll(\"\\\\'\",\"'\")",
            "it's \\\"so\\\"",
        ),
        ("$util.base64Encode($input.path('$.action')).length()", "4"),
        ("#set($root = $input.path('$'))#foreach($p in $root.pets)$p.name#end", "RexTom"),
    ] {
        if source.starts_with("$never") {
            assert!(render_with(source, BODY).unwrap_err().contains("method x"));
            continue;
        }
        assert_eq!(render(source), text, "{source}");
    }
    assert_eq!(render("$never $!never ${never}.x $never.x"), "$never  ${never}.x $never.x");
}

#[test]
fn expressions_are_computed() {
    for (expression, text) in [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("7 / 2", "3"),
        ("7.0 / 2", "3.5"),
        ("-7 % 4", "-3"),
        ("5 - 3 - 1", "1"),
        ("1 / 0", ""),
        ("9223372036854775807 + 1", ""),
        ("'a' + 1", "a1"),
        ("1 == 1.0", "true"),
        ("1 == '1'", "true"),
        ("'a' != 'b'", "true"),
        ("null == $input.path('$.missing')", "true"),
        ("2 > 10", "false"),
        ("'2' > 1", "false"),
        ("2 ge 2 and not false", "true"),
        ("true && false || true", "true"),
        ("!(1 lt 2)", "false"),
        ("$input.path('$.zero') == 0", "true"),
    ] {
        assert_eq!(render(&format!("#set($a = {expression})$a")), text, "{expression}");
    }
}

#[test]
fn conditions_choose_what_is_printed() {
    for (value, text) in [("'add'", "1"), ("'drop'", "2"), ("'other'", "3")] {
        let source = format!(
            "#set($a = {value})#if($a == 'add')1#elseif($a == \"drop\")2#{{else}}3#{{end}}"
        );
        assert_eq!(render(&source), text);
    }
    for (condition, holds) in [
        ("$input.path('$.missing')", false),
        ("$input.path('$.none')", false),
        ("$input.path('$.zero')", true),
        ("$input.path('$.empty')", true),
        ("$input.path('$.empty') != ''", false),
        ("$never", false),
        ("$context.authorizer.tenant", true),
    ] {
        assert_eq!(
            render(&format!("#if({condition})yes#else no#end")),
            if holds { "yes" } else { " no" },
            "{condition}"
        );
    }
    assert_eq!(render("a\n#if(true)\nb\n#else\nc\n#end\nd"), "a\nb\nd");
}

#[test]
fn loops_go_through_lists_and_objects() {
    for (source, text) in [
        (
            "#foreach($p in $input.path('$.pets'))$foreach.index:$p.name#if($foreach.hasNext),#end#end",
            "0:Rex,1:Tom",
        ),
        (
            "#foreach($v in {'a': 1, 'b': 2})$velocityCount$v$foreach.first$foreach.last #end",
            "11truefalse 22falsetrue ",
        ),
        (
            "#foreach($x in [1..2])#foreach($y in [1..2])$x$y$foreach.count #end$foreach.count;#end",
            "111 122 1;211 222 2;",
        ),
        ("#set($x = 'kept')#foreach($x in [1])$x#end$x", "1kept"),
        ("#foreach($x in 'text')never#end", ""),
        ("#foreach($k in $input.path('$.pets')[0].keySet())$k #end", "name age "),
    ] {
        assert_eq!(render(source), text, "{source}");
    }
    assert_eq!(render("#foreach($x in [1..5000])x#end").len(), 1000);
}

#[test]
fn a_template_without_end_is_stopped() {
    let loops =
        "#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])$c#end#end#end";
    assert!(render_with(loops, BODY).unwrap_err().contains("steps"));
    let doubles = "#set($a = [1])#foreach($i in [1..1000])#set($a = [$a, $a])#end";
    assert!(render_with(doubles, BODY).unwrap_err().contains("steps"));
    let grows = "#set($a = 'xxxxxxxxxx')#foreach($i in [1..1000])#set($a = \"$a$a\")#end$a";
    assert!(render_with(grows, BODY).unwrap_err().contains("longer"));
}

#[test]
fn what_is_not_supported_is_named_with_its_line() {
    for (source, named) in [
        ("\n\n$input.params('x')", "line 3: $input.params is not supported"),
        ("$input", "$input is not supported"),
        ("$util.error('x')", "$util.error is not supported"),
        ("$util.urlEncode()", "takes one argument"),
        ("#macro(x)#end", "#macro is not supported"),
        ("#unknown($x)", "#unknown is not supported"),
        ("#foreach($x in [1])#break#end", "#break is not supported"),
        ("#set($context.requestOverride.path = 1)", "cannot write to $context"),
        ("#set($a.b = 1)", "fields of a variable"),
        ("$a.put('k', 1)", "the method put is not supported"),
        ("$a.substring()", "substring does not take 0"),
        ("$a.replaceAll('(', '')", "regular expression"),
        ("$input.path('a.b')", "JSONPath"),
        ("#if(true)", "not closed by #end"),
        ("#end", "no #if"),
        ("#if(true)#else#else#end", "follows the #else"),
        ("#foreach($x of [1])#end", "followed by in"),
        ("#foreach($x in [1])", "not closed by #end"),
        ("#if(1 +)#end", "a value is expected"),
        ("#if(true", "not closed by )"),
        ("#set($a = 'x)", "string is not closed"),
        ("${a", "not closed by a brace"),
        ("$a[1", "not closed by ]"),
        ("#* x", "not closed by *#"),
    ] {
        let error = Template::parse(source).unwrap_err();
        assert!(error.contains(named), "{source}: {error}");
        assert!(error.starts_with("line "), "{error}");
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    for source in [
        format!("#if({}1", "(".repeat(100_000)),
        format!("#if({}1", "!".repeat(100_000)),
        format!("#if({}1", "[".repeat(100_000)),
        "#if(true)".repeat(100_000).get(..200_000).unwrap_or_default().to_owned(),
        format!("$a{}", "[$a".repeat(60_000)),
        format!("$util.urlEncode({}", "$util.urlEncode(".repeat(10_000)),
    ] {
        assert!(Template::parse(&source).unwrap_err().contains("levels are nested"));
    }
    assert!(Template::parse(&"x".repeat(300 * 1024 + 1)).is_err());
}

#[test]
fn variables_that_are_never_set_are_told() {
    let template =
        Template::parse("$a #set($b = $c)$b #foreach($d in [1])$d$foreach.count#end").unwrap();
    assert_eq!(template.unknown_variables(), ["a", "c"]);
    assert!(Template::parse("{\"statusCode\": 200}").unwrap().constant().is_some());
}

#[test]
fn texts_that_grow_and_grow_are_an_error_before_they_fill_the_memory() {
    let body = json!({ "a": "a".repeat(100_000), "b": "b".repeat(100_000) }).to_string();
    let text = |source: &str| render_with(source, &body).map(|text| text.len());
    let path = |name: &str| format!("$input.path('$.{name}')");
    for source in [
        "#set($x = 'x')#foreach($i in [1..60])#set($x = $x + $x)#end".to_owned(),
        "#set($x = '\"')#foreach($i in [1..60])#set($x = $util.escapeJavaScript($x))#end".to_owned(),
        format!("#set($x = {}.replace('a', {}))", path("a"), path("b")),
        format!("#set($x = {}.replaceAll('a', {}))", path("a"), path("b")),
        "#set($x = $input.path('$.a').replaceAll('(.*)', '$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1'))".to_owned(),
    ] {
        let error = text(&source).unwrap_err();
        assert!(error.contains("longer than 6291456 bytes"), "{source}: {error}");
    }
    let list = "#set($x = '')#foreach($i in [1..5])#set($x = $x + $input.path('$.a'))#end#set($l = [])#foreach($i in [1..600])#set($l = [$l, $x])#end";
    assert!(text(list).unwrap_err().contains("steps"));
    let held = "#set($x = $input.path('$.a') + 'x')#foreach($i in [1..1000])#foreach($j in [1..100])#if($x)#end#end#end";
    assert!(text(held).unwrap_err().contains("steps"));
    assert_eq!(text("$input.path('$.a').replace('a', 'bc')"), Ok(200_000));
}
