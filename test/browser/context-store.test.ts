import { mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ContextConflict, type ContextStore, MAX_BUNDLE_BYTES, openContextFolder } from "../../src/browser/workshop.js";

let folder: string;
let store: ContextStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shopkey-contexts-"));
  store = await openContextFolder(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("contexts in a folder", () => {
  test("keep the last two generations, private to the worker", async () => {
    for (const previous of [0, 1, 2]) await store.put("ctx_generations", previous, Buffer.from(`g${previous + 1}`));
    expect((await readdir(join(folder, "ctx_generations"))).sort()).toEqual(["2.ctx", "3.ctx"]);
    expect(await store.get("ctx_generations")).toEqual({ generation: 3, bytes: Buffer.from("g3") });
    expect((await store.get("ctx_generations", 2))?.bytes.toString()).toBe("g2");
    expect(await store.get("ctx_generations", 1)).toBeNull();
    expect((await stat(join(folder, "ctx_generations", "3.ctx"))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "ctx_generations"))).mode & 0o777).toBe(0o700);
  });

  test("have one writer: of many with the same number one wins", async () => {
    await store.put("ctx_one_writer", 0, Buffer.from("first"));
    const writers = Array.from({ length: 20 }, (_, n) => store.put("ctx_one_writer", 1, Buffer.from(`w${n}`)));
    const ends = await Promise.allSettled(writers);
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const end of ends) if (end.status === "rejected") expect(end.reason).toBeInstanceOf(ContextConflict);
    const winner = ends.findIndex(({ status }) => status === "fulfilled");
    expect((await store.get("ctx_one_writer"))?.bytes.toString()).toBe(`w${winner}`);
    expect((await readdir(join(folder, "ctx_one_writer"))).filter((name) => name.endsWith(".new"))).toEqual([]);
    await expect(store.put("ctx_one_writer", 0, Buffer.from("late"))).rejects.toBeInstanceOf(ContextConflict);
    await expect(store.put("ctx_one_writer", 7, Buffer.from("early"))).rejects.toBeInstanceOf(ContextConflict);
  });

  test("once deleted stay deleted, whoever was about to write", async () => {
    await store.put("ctx_to_delete", 0, Buffer.from("secret"));
    const racing = [1, 0].map((previous) => store.put("ctx_to_delete", previous, Buffer.from("again")));
    await Promise.allSettled([...racing, store.delete("ctx_to_delete")]);
    await store.delete("ctx_to_delete");
    expect(await store.get("ctx_to_delete")).toBeNull();
    await expect(store.put("ctx_to_delete", 0, Buffer.from("again"))).rejects.toBeInstanceOf(ContextConflict);
    expect((await readdir(folder)).filter((name) => name.startsWith("ctx_to_delete"))).toEqual([
      "ctx_to_delete.deleted",
    ]);
  });

  test("say whether anything of one lies there, what a killed writer had begun as well", async () => {
    expect(await store.holds("ctx_held_here")).toBe(false);
    await store.put("ctx_held_here", 0, Buffer.from("secret"));
    expect(await store.holds("ctx_held_here")).toBe(true);
    await rm(join(folder, "ctx_held_here", "1.ctx"));
    await writeFile(join(folder, "ctx_held_here", "half.new"), "secr");
    expect(await store.holds("ctx_held_here")).toBe(true);
    await store.delete("ctx_held_here");
    expect(await store.holds("ctx_held_here")).toBe(false);
    // Whatever cannot be read is not told to be gone.
    await writeFile(join(folder, "ctx_no_folder"), "");
    await expect(store.holds("ctx_no_folder")).rejects.toThrow("ENOTDIR");
    await expect(store.holds("../../etc/passwd")).rejects.toThrow(RangeError);
  });

  test("that nobody used for long are swept, and what was deleted long ago is forgotten", async () => {
    const own = await mkdtemp(join(tmpdir(), "shopkey-contexts-"));
    const swept = await openContextFolder(own);
    const day = 24 * 60 * 60_000;
    const age = async (name: string): Promise<void> => {
      const then = new Date(Date.now() - 91 * day);
      await utimes(join(own, name), then, then);
    };
    for (const id of ["ctx_in_use_daily", "ctx_left_behind", "ctx_written_now"])
      await swept.put(id, 0, Buffer.from("g1"));
    await swept.delete("ctx_deleted_before");
    await writeFile(join(own, "README.txt"), "not ours");
    for (const name of ["ctx_in_use_daily", "ctx_left_behind", "ctx_deleted_before.deleted", "README.txt"])
      await age(name);
    await swept.get("ctx_in_use_daily");
    expect(await swept.sweep(90 * day)).toBe(1);
    expect((await readdir(own)).sort()).toEqual(
      ["README.txt", "ctx_in_use_daily", "ctx_left_behind.deleted", "ctx_written_now"].sort(),
    );
    expect(await swept.get("ctx_left_behind")).toBeNull();
    await expect(swept.put("ctx_left_behind", 1, Buffer.from("late"))).rejects.toBeInstanceOf(ContextConflict);
    expect(await swept.sweep(90 * day)).toBe(0);
    await rm(own, { recursive: true, force: true });
  });

  test("refuse a path for a name, and more than the cap", async () => {
    await expect(store.get("../../etc/passwd")).rejects.toThrow(RangeError);
    await expect(store.put("ctx_too_large", 0, Buffer.alloc(MAX_BUNDLE_BYTES + 1))).rejects.toThrow(RangeError);
    expect(await store.get("ctx_too_large")).toBeNull();
  });
});
