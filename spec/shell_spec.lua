--- shell - the shell, side by side with dash and by itself.
local shell = require "spec.support.shell"
local tree = require "spec.support.tree"

local function output(text)
  local result = shell.run(text)
  assert.equal("", result.err)
  return result.out
end

describe("the shell and dash agree on", function()
  local has_dash = os.execute("command -v dash >/dev/null 2>&1")
  local check = has_dash and it or pending
  for _, group in ipairs(shell.corpus("spec/support/shell.txt")) do
    check(("%s (%d)"):format(group.name, #group), function()
      shell.both(group)
      local findings = {}
      for _, case in ipairs(group) do
        if case.dash ~= case.shell then
          findings[#findings + 1] = ("%s\n%s\n--- dash:\n%s--- here:\n%s%s")
            :format(case.title, table.concat(case, "\n"), case.dash,
              case.shell, case.err)
        end
      end
      tree.none(findings)
    end)
  end
end)

describe("the shell", function()
  it("ends a writer whose reader has gone, quietly", function()
    assert.equal("y\ny\n141\n", output(
      "{ yes; echo $? > status; } | head -n 2; cat status"))
  end)

  it("says what is wrong, with its line", function()
    local result = shell.run("echo a\nnosuch\n")
    assert.equal(127, result.code)
    assert.equal("sh: 2: nosuch: not found\n", result.err)
  end)

  it("says what is wrong with the syntax", function()
    local result = shell.run("echo a\nif true; fi")
    assert.equal(2, result.code)
    assert.truthy(result.err:find('2: Syntax error: "fi" unexpected', 1, true))
  end)

  it("greps ten megabytes", function()
    assert.equal("15000\n123499\n1500000\n", output(
      "seq 1500000 > f; grep -c 99$ f; grep ^1234[9]9$ f; "
      .. "cat f | grep 1 | tail -n 1"))
  end)

  it("takes every command as a process", function()
    local out = output("sleep 5 & ps; kill $!; wait")
    assert.truthy(out:find("sleep%s+sleep", 1))
    assert.truthy(out:find("%sps\n"))
  end)

  it("ends a whole job", function()
    assert.equal("143\n", output(
      "{ sleep 10; echo no; } & kill %1; wait %1; echo $?"))
  end)

  it("lists its jobs", function()
    assert.equal("[1] + Running    sleep 10\n", output(
      "sleep 10 & jobs; kill %1; wait"))
  end)

  it("stops and continues a job", function()
    assert.equal("then\nnow\n", output("{ sleep 0.05; echo now; } & "
      .. "kill -STOP %1; sleep 0.1; echo then; kill -CONT %1; wait"))
  end)

  it("passes descriptors above 2 on to subshells", function()
    assert.equal("a\nb\n", output(
      "exec 5> f; (echo a >&5); { sleep 0.01; echo b >&5; } & exec 5>&-; "
      .. "wait; cat f"))
  end)

  it("reads commands from its input, and leaves them the rest", function()
    local result = shell.command("", "read x\nline\nif true\nthen echo <<E $x\n"
      .. "E\nfi\nexit 4\n")
    assert.same({ code = 4, out = "line\n", err = "" }, result)
  end)

  it("goes on after a mistake where somebody types", function()
    local result = shell.command("-i",
      "echo ${x?gone}\n)\nif true\nthen echo on; fi\n")
    assert.equal("on\n", result.out)
    assert.equal("$ sh: 1: x: gone\n$ sh: 1: Syntax error: \")\" unexpected\n"
      .. "$ > $ \n", result.err)
  end)

  it("does not end before its jobs", function()
    assert.equal("now\nlate\n", output("(sleep 0.05; echo late) & echo now"))
  end)

  it("explains a hang", function()
    local result = shell.run("mkfifo f; cat < f")
    assert.equal(1, result.code)
    assert.truthy(result.err:find("deadlock", 1, true))
    assert.truthy(result.err:find("open FIFO to read", 1, true))
  end)

  it("runs programs of the host, with its files", function()
    assert.equal("A\nB\n3\n127\n", output("printf 'b\na\n' | host sort "
      .. "| tr a-z A-Z; host sh -c 'exit 3'; echo $?; "
      .. "host nosuch 2>/dev/null; echo $?"))
  end)

  it("shows the kernel's queues, and removes them", function()
    local out = output("ipcs -q; ipcrm -q 1 2>/dev/null; echo $?")
    assert.truthy(out:find("message queues", 1, true))
    assert.truthy(out:find("\n1\n$"))
  end)
end)
