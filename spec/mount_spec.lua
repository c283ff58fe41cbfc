--- mount - directories of the host in the tree, and no way out of them.
local ax = require "axeberg"
local helper = require "spec.support.helper"

local raises, has = helper.raises, helper.has

--- Calls fn in a world with the path of a folder of the host that has
--- in/file, in/dir/file, and, beside in, secret/file.
local function with_folder(fn)
  return function()
    local top = os.tmpname()
    os.remove(top)
    assert(os.execute(("mkdir -p %s/in/dir %s/secret"):format(top, top)))
    local function write(name, text)
      local file <close> = assert(io.open(top .. "/" .. name, "w"))
      file:write(text)
    end
    write("in/file", "inside")
    write("in/dir/file", "deeper")
    write("secret/file", "secret")
    local ok, err = pcall(helper.world, function()
      assert(ax.fs.mkdir("/mnt"))
      fn(top)
      ax.fs.unmount("/mnt")
      assert(ax.fs.remove("/mnt", { recursive = true }))
    end, { tree = true })
    os.execute("rm -rf " .. top)
    if not ok then error(err, 0) end
  end
end

local function slurp(path)
  local f <close>, err, code = ax.open(path)
  if not f then return nil, err, code end
  return f:read("a")
end

local function host_text(path)
  local f <close> = io.open(path)
  return f and f:read("a")
end

describe("mount", function()
  it("shows a directory of the host", with_folder(function(top)
    assert.is_true(ax.fs.mount(top .. "/in", "/mnt"))
    assert.equal("inside", slurp("/mnt/file"))
    assert.equal("deeper", slurp("/mnt/dir/file"))
    local names = {}
    for name in ax.fs.dir("/mnt") do names[#names + 1] = name end
    table.sort(names)
    assert.same({ "dir", "file" }, names)
    local mounts = ax.fs.mounts()
    assert.equal("/mnt", mounts[#mounts].path)
    assert.equal(top .. "/in", mounts[#mounts].source)
    assert.is_true(ax.fs.unmount("/mnt"))
    assert.equal("ENOENT", select(3, slurp("/mnt/file")))
  end))

  it("writes through", with_folder(function(top)
    assert(ax.fs.mount(top .. "/in", "/mnt"))
    local f <close> = assert(ax.open("/mnt/dir/new", "w"))
    f:write("one\n"):write("two\n")
    assert.equal("one\ntwo\n", host_text(top .. "/in/dir/new"))
    assert(ax.fs.rename("/mnt/dir/new", "/mnt/moved"))
    assert(ax.fs.remove("/mnt/file"))
    assert.is_nil(host_text(top .. "/in/file"))
    assert.equal("one\ntwo\n", host_text(top .. "/in/moved"))
    assert.equal("EXDEV", select(3, ax.fs.rename("/mnt/moved", "/tmp/x")))
  end))

  it("changes nothing that is read-only", with_folder(function(top)
    assert(ax.fs.mount(top .. "/in", "/mnt", { readonly = true }))
    assert.equal("inside", slurp("/mnt/file"))
    for name, call in pairs {
      write = function() return ax.open("/mnt/file", "r+") end,
      create = function() return ax.open("/mnt/new", "w") end,
      mkdir = function() return ax.fs.mkdir("/mnt/new") end,
      remove = function() return ax.fs.remove("/mnt/file") end,
      rename = function() return ax.fs.rename("/mnt/file", "/mnt/x") end,
      symlink = function() return ax.fs.symlink("x", "/mnt/x") end,
      chmod = function() return ax.fs.chmod("/mnt/file", "600") end,
    } do
      assert.equal("EROFS", select(3, call()), name)
    end
    assert.is_true(ax.fs.statfs("/mnt").readonly)
  end))

  it("resolves links in the tree of the kernel", with_folder(function(top)
    local link = "ln -sfn %s " .. top .. "/in/link"
    assert(ax.fs.mount(top .. "/in", "/mnt"))
    for _, target in ipairs { "/etc/passwd", "../secret/file",
      top .. "/secret/file", "../../../../../../../../etc/passwd" } do
      os.execute(link:format(target))
      assert.equal("ENOENT", select(3, slurp("/mnt/link")), target)
      assert.equal("ENOENT", select(3, ax.open("/mnt/link", "r+")), target)
    end
    for _, target in ipairs { "/", "..", "../secret" } do
      os.execute(link:format(target))
      for _, rest in ipairs { "/etc/passwd", "/secret/file", "/file" } do
        assert.equal("ENOENT", select(3, slurp("/mnt/link" .. rest)))
      end
    end
    os.execute(link:format("dir/file"))
    assert.equal("deeper", slurp("/mnt/link"))
    assert.equal("secret", host_text(top .. "/secret/file"))
  end))

  it("goes up no further than the root", with_folder(function(top)
    assert(ax.fs.mount(top .. "/in", "/mnt"))
    for _, path in ipairs { "/mnt/../secret/file",
      "/mnt/dir/../../secret/file",
      "/mnt" .. ("/.."):rep(40) .. "/etc/passwd" } do
      assert.equal("ENOENT", select(3, slurp(path)), path)
    end
    assert.equal("inside", slurp("/mnt/dir/../../mnt/dir/../file"))
  end))

  it("is not tricked by a program that renames meanwhile",
    with_folder(function(top)
      assert(ax.fs.mount(top .. "/in", "/mnt"))
      local attacker <close> = assert(ax.popen { "sh", "-c", [[
        cd in; echo ready
        while :; do
          mv dir hidden; ln -s ../secret dir; rm dir; mv hidden dir
        done]], cwd = top, stdin = "null", stderr = "null" })
      assert.equal("ready", attacker.stdout:read())
      local seen = {}
      for _ = 1, 5000 do
        local text, _, code = slurp("/mnt/dir/file")
        seen[text or code] = true
      end
      assert.is_nil(seen.secret)
      assert.is_true(seen.deeper)
    end))

  it("opens no devices", with_folder(function()
    assert(ax.fs.mount("/dev", "/mnt"))
    assert.equal("EACCES", select(3, ax.open("/mnt/zero")))
  end))

  it("is for user 0, and for directories", with_folder(function(top)
    assert.equal("ENOENT", select(3, ax.fs.mount(top .. "/none", "/mnt")))
    assert.equal("ENOTDIR", select(3, ax.fs.mount(top .. "/in/file", "/mnt")))
    assert.equal("EBUSY", select(3, ax.fs.mount(top .. "/in", "/")))
    local _, err = ax.fs.mount(top .. "/in", "/nowhere")
    has(err, "/nowhere: no such file")
    has(raises(ax.fs.mount, top, "/mnt", { ro = true }), "ro")
    local pid = ax.spawn(function()
      ax.sys.setuid(5)
      return select(3, ax.fs.mount(top .. "/in", "/mnt"))
    end)
    assert.equal("EPERM", select(3, ax.wait(pid)))
  end))
end)
