import { CPU } from '../../jit/abi/cpu-state.js';
import { PAGE_BYTES } from '../../jit/abi/tlb.js';
import { VCPU_ALIGNMENT, VCPU_BYTES } from '../../jit/abi/vcpu-layout.js';
import { Decoder } from '../../jit/isa/decoder.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { Bus } from '../bus.js';
import { type ClockEvent, HostClock, VirtualClock } from '../clock.js';
import type { CpuFeatures } from '../cpu/features.js';
import { Affinity, Psci, type PsciHost, PsciResult } from '../cpu/psci.js';
import { Vcpu } from '../cpu/vcpu.js';
import { CfiFlash, FLASH_BANK_SIZE } from '../devices/cfi-flash.js';
import type { Device, DmaMemory } from '../devices/device.js';
import { FwCfg, type FwCfgImage } from '../devices/fw-cfg.js';
import { GicV2 } from '../devices/gic/gic-v2.js';
import { Pl011 } from '../devices/pl011.js';
import { Pl031 } from '../devices/pl031.js';
import { Pl061, POWER_BUTTON_PIN } from '../devices/pl061.js';
import { VIRTIO_SLOT_SIZE, VIRTIO_SLOTS, VirtioMmioSlot } from '../devices/virtio-mmio.js';
import { CodeCache } from '../interpreter/code-cache.js';
import { CodePages } from '../mmu/code-pages.js';
import { ExclusiveMonitors } from '../mmu/exclusive-monitors.js';
import type { SoftwareTlb } from '../mmu/tlb.js';
import { SynchronousBackend, type TranslationBackend } from '../translation/backend.js';
import { RegionCheck } from '../translation/check.js';
import { DEFAULT_LIMITS, type TranslationLimits, Translations } from '../translation/translations.js';
import { WatchedPages } from '../translation/watched-pages.js';
import { type TranslationCache, WorkerBackend } from '../translation/worker-backend.js';
import {
  FLASH_BASE,
  FW_CFG_BASE,
  GIC_CPU_INTERFACE_BASE,
  GIC_DISTRIBUTOR_BASE,
  GIC_HYP_BASE,
  GIC_VIRTUAL_CPU_INTERFACE_BASE,
  GPIO_BASE,
  PPI_MAINTENANCE,
  PPI_TIMER_HYP,
  PPI_TIMER_NON_SECURE,
  PPI_TIMER_SECURE,
  PPI_TIMER_VIRTUAL,
  RAM_BASE,
  RTC_BASE,
  SECURE_GPIO_BASE,
  SECURE_POWER_OFF_PIN,
  SECURE_RAM_BASE,
  SECURE_RAM_SIZE,
  SECURE_RESET_PIN,
  SECURE_UART_BASE,
  SPI_GPIO,
  SPI_RTC,
  SPI_SECURE_GPIO,
  SPI_SECURE_UART,
  SPI_UART,
  UART_BASE,
  VIRTIO_BASE,
} from './memory-map.js';

const WASM_PAGE = 65536;

/** How long the power button stays down, in ns: as long as QEMU's. */
const POWER_BUTTON_HOLD = 100_000_000;

export interface BoardOptions {
  /** Bytes of RAM at RAM_BASE; a multiple of 4096, at most 3 GiB. */
  readonly memoryBytes: number;
  readonly features: CpuFeatures;
  readonly clock: 'host' | 'virtual';
  /** Branches to an address before it is translated to WebAssembly; absent: never. */
  readonly translationThreshold?: number;
  /** Every execution of translated code is repeated by the interpreter and compared: see {@link RegionCheck}. */
  readonly check?: boolean;
  /** `worker`: while the guest goes on (the default where it can be had); `synchronous`: at once. */
  readonly translationMode?: 'worker' | 'synchronous';
  /** Where translations outlive the run; only with `worker`. */
  readonly translationCache?: TranslationCache;
  readonly translationLimits?: TranslationLimits;
  /** Translates, whatever `translationMode` says. */
  readonly translationBackend?: TranslationBackend;
  /** Content of the flash, from the start of the first bank; at most both banks. */
  readonly firmware?: Uint8Array;
  /** What fw_cfg hands to firmware. */
  readonly kernel?: FwCfgImage;
  readonly initrd?: FwCfgImage;
  readonly commandLine?: string;
  /** Takes each character that the guest sends by its serial port. */
  readonly transmit: (byte: number) => void;
  /** Takes each character of the Secure serial port, which is there with the Security Extensions. */
  readonly secureTransmit?: (byte: number) => void;
}

/** The board of design §6: vCPUs, memory and devices, wired up as QEMU's `virt`. */
export class VirtBoard {
  readonly options: BoardOptions;
  readonly memory: WebAssembly.Memory;
  readonly bus = new Bus();
  readonly clock: HostClock | VirtualClock;
  readonly vcpus: readonly Vcpu[];
  readonly gic: GicV2;
  readonly uart: Pl011;
  readonly gpio: Pl061;
  readonly code = new CodeCache(new Decoder(DEFINITIONS));
  readonly codePages: CodePages;
  readonly translations: Translations | undefined;
  /** Called when the guest asks for power off or reset by PSCI. */
  onPower: (request: 'off' | 'reset') => void = () => {};
  readonly #devices: Device[] = [];
  readonly #monitors = new ExclusiveMonitors();
  readonly #mostDecodedPages: number;
  readonly #powerButton: ClockEvent = {
    name: 'power button',
    fire: () => this.gpio.setInput(POWER_BUTTON_PIN, false),
  };

  constructor(options: BoardOptions) {
    this.options = options;
    const { features, memoryBytes } = options;
    this.#mostDecodedPages = (options.translationLimits ?? DEFAULT_LIMITS).decodedPages;
    const cpuBase = VCPU_ALIGNMENT;
    const ramOffset = cpuBase + features.cpus * VCPU_BYTES;
    const flashOffset = Math.ceil((ramOffset + memoryBytes) / WASM_PAGE) * WASM_PAGE;
    const secureRamOffset = flashOffset + 2 * FLASH_BANK_SIZE;
    const pages = (secureRamOffset + (features.security ? SECURE_RAM_SIZE : 0)) / WASM_PAGE;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.clock = options.clock === 'host' ? new HostClock() : new VirtualClock();
    const watched = options.check ? new WatchedPages(pages * WASM_PAGE) : undefined;
    this.codePages = watched ?? new CodePages(pages * WASM_PAGE);
    this.codePages.owner = {
      onCodeWrite: (linear, length) => this.#codeWritten(linear, length),
    };
    this.codePages.onAligned = (page) => this.#dropPage(page);
    this.bus.addRam({
      address: RAM_BASE,
      size: memoryBytes,
      offset: ramOffset,
      readOnly: false,
      secureOnly: false,
    });

    this.gic = new GicV2({
      outputs: Array.from({ length: features.cpus }, (_, cpu) => ({
        irq: (level: boolean) => this.vcpus[cpu].exceptions.irqLine(level),
        fiq: (level: boolean) => this.vcpus[cpu].exceptions.fiqLine(level),
        virtualIrq: (level: boolean) => this.vcpus[cpu].exceptions.virtualIrqLine(level),
        virtualFiq: (level: boolean) => this.vcpus[cpu].exceptions.virtualFiqLine(level),
      })),
      securityExtensions: features.security,
      ...(features.virtualization && { maintenancePpi: PPI_MAINTENANCE }),
    });
    if (options.translationThreshold !== undefined) {
      this.translations = this.#makeTranslations(options.translationThreshold);
    }
    const tlbs: SoftwareTlb[] = [];
    this.vcpus = Array.from(
      { length: features.cpus },
      (_, index) =>
        new Vcpu({
          memory: this.memory,
          base: cpuBase + index * VCPU_BYTES,
          index,
          features,
          bus: this.bus,
          clock: this.clock,
          codePages: this.codePages,
          monitors: this.#monitors,
          code: this.code,
          tlbs,
          ...(this.translations && { translations: this.translations }),
          timerLines: {
            securePhysical: this.gic.ppi(index, PPI_TIMER_SECURE),
            nonSecurePhysical: this.gic.ppi(index, PPI_TIMER_NON_SECURE),
            virtual: this.gic.ppi(index, PPI_TIMER_VIRTUAL),
            hyp: this.gic.ppi(index, PPI_TIMER_HYP),
          },
        }),
    );

    if (watched !== undefined) {
      for (const { interpreter } of this.vcpus) interpreter.check = new RegionCheck(interpreter, watched);
    }

    this.uart = new Pl011({ transmit: options.transmit, interrupt: this.gic.spi(SPI_UART) });
    this.gpio = new Pl061(this.gic.spi(SPI_GPIO));
    this.#add(GIC_DISTRIBUTOR_BASE, this.gic.distributor);
    this.#add(GIC_CPU_INTERFACE_BASE, this.gic.cpuInterface);
    if (this.gic.virtualization !== undefined) {
      this.#add(GIC_HYP_BASE, this.gic.virtualization.control);
      this.#add(GIC_VIRTUAL_CPU_INTERFACE_BASE, this.gic.virtualization.cpuInterface);
    }
    this.#add(UART_BASE, this.uart);
    this.#add(RTC_BASE, new Pl031(this.clock, this.gic.spi(SPI_RTC)));
    this.#add(GPIO_BASE, this.gpio);
    this.#add(FW_CFG_BASE, this.#fwCfg());
    for (let slot = 0; slot < VIRTIO_SLOTS; slot++) {
      this.#add(VIRTIO_BASE + slot * VIRTIO_SLOT_SIZE, new VirtioMmioSlot(slot));
    }
    if (options.firmware) new Uint8Array(this.memory.buffer, flashOffset).set(options.firmware);
    this.#addFlash(0, flashOffset);
    this.#addFlash(1, flashOffset + FLASH_BANK_SIZE);
    if (features.security) this.#addSecureParts(secureRamOffset);
    this.#installFirmware();
  }

  /** Copies bytes to guest physical memory. @returns false when they do not fit into RAM or flash */
  load(address: number, bytes: Uint8Array): boolean {
    const linear = this.bus.linearOffset(address);
    if (linear < 0 || this.bus.linearOffset(address + bytes.length - 1) !== linear + bytes.length - 1)
      return false;
    new Uint8Array(this.memory.buffer).set(bytes, linear);
    return true;
  }

  /** Resets everything but the content of RAM; vCPU 0 is about to run at `entry`, the others are off. */
  reset(entry: number, thumb: boolean): void {
    this.clock.cancel(this.#powerButton);
    this.gpio.setInput(POWER_BUTTON_PIN, false);
    for (const device of this.#devices) device.reset();
    this.gic.reset();
    this.#dropCode();
    for (const vcpu of this.vcpus) {
      vcpu.reset(entry, thumb);
      vcpu.poweredOff = vcpu.index !== 0;
    }
    this.codePages.reset();
  }

  /**
   * Goes on with translation, and bounds what is kept of decoded code. Not while a vCPU runs.
   * @param now see {@link Translations.poll}
   */
  pollCode(now: boolean): void {
    if (this.translations !== undefined) this.translations.poll(now);
    else if (this.code.pageCount > this.#mostDecodedPages) this.#dropCode();
  }

  /** Presses the power button, and lets it go after 100 ms. A machine that sleeps has to be woken. */
  pressPowerButton(): void {
    this.gpio.setInput(POWER_BUTTON_PIN, true);
    this.clock.schedule(this.#powerButton, this.clock.now() + POWER_BUTTON_HOLD);
  }

  #add(address: number, device: Device, secureOnly = false): void {
    this.bus.addDevice(address, device, secureOnly);
    this.#devices.push(device);
  }

  /** What QEMU's board has with `secure=on`, out of reach of Non-secure accesses and DMA. @param ramOffset of the RAM in linear memory */
  #addSecureParts(ramOffset: number): void {
    this.bus.addRam({
      address: SECURE_RAM_BASE,
      size: SECURE_RAM_SIZE,
      offset: ramOffset,
      readOnly: false,
      secureOnly: true,
    });
    const uart = new Pl011({
      name: 'secure pl011',
      transmit: this.options.secureTransmit ?? (() => {}),
      interrupt: this.gic.spi(SPI_SECURE_UART),
    });
    this.#add(SECURE_UART_BASE, uart, true);
    const gpio = new Pl061(this.gic.spi(SPI_SECURE_GPIO), 'secure pl061');
    gpio.onHigh = (pin) => {
      if (pin === SECURE_POWER_OFF_PIN) this.onPower('off');
      else if (pin === SECURE_RESET_PIN) this.onPower('reset');
    };
    this.#add(SECURE_GPIO_BASE, gpio, true);
  }

  /** Flash that reads as memory is RAM to the MMU, read-only; its commands go to the device. */
  #addFlash(bank: number, offset: number): void {
    const bytes = new Uint8Array(this.memory.buffer, offset, FLASH_BANK_SIZE);
    const flash = new CfiFlash({ name: `flash${bank}`, bytes });
    const address = FLASH_BASE + bank * FLASH_BANK_SIZE;
    // As on QEMU's board, the first bank is for Secure firmware.
    const secureOnly = this.options.features.security && bank === 0;
    const region = { address, size: FLASH_BANK_SIZE, offset, readOnly: true, secureOnly };
    this.bus.addRam(region);
    flash.onModeChange = (arrayMode) => {
      if (arrayMode) {
        this.bus.addRam(region);
        // What was programmed or erased may have been code.
        this.codePages.written(offset, FLASH_BANK_SIZE);
      } else {
        this.bus.removeRam(address);
      }
      for (const vcpu of this.vcpus) {
        vcpu.tlb.flush();
        vcpu.interpreter.translationChanged();
      }
    };
    this.#add(address, flash, secureOnly);
  }

  #fwCfg(): FwCfg {
    const { options } = this;
    return new FwCfg({
      memory: this.#dma(),
      memoryBytes: options.memoryBytes,
      cpus: options.features.cpus,
      ...(options.kernel && { kernel: options.kernel }),
      ...(options.initrd && { initrd: options.initrd }),
      ...(options.commandLine !== undefined && { cmdline: options.commandLine }),
    });
  }

  #dma(): DmaMemory {
    const memory = new Uint8Array(this.memory.buffer);
    const range = (address: number, length: number): number => {
      const region = this.bus.ramAt(address, false);
      if (region === undefined || address + length > region.address + region.size) return -1;
      return region.offset + (address - region.address);
    };
    return {
      read: (address, into) => {
        const linear = range(address, into.length);
        if (linear < 0) return false;
        into.set(memory.subarray(linear, linear + into.length));
        return true;
      },
      write: (address, from, zeros = 0) => {
        const length = from.length + zeros;
        const linear = range(address, length);
        if (linear < 0 || this.bus.ramAt(address, false)!.readOnly) return false;
        memory.set(from, linear);
        memory.fill(0, linear + from.length, linear + length);
        this.codePages.written(linear, length);
        this.#monitors.clear(linear, length);
        return true;
      },
    };
  }

  /** A store hit a page with decoded instructions. @returns whether the page holds code no more */
  #codeWritten(linear: number, length: number): boolean {
    const offset = linear & (PAGE_BYTES - 1);
    const page = linear - offset;
    if (this.code.survives(page, offset, length)) return false;
    this.#dropPage(page);
    return true;
  }

  /** @param page linear-memory byte offset of the page whose code is forgotten, if it has any */
  #dropPage(page: number): void {
    if (!this.code.has(page)) return;
    this.code.drop(page);
    this.translations?.dropPage(page);
    for (const vcpu of this.vcpus) vcpu.interpreter.mappingChanged();
  }

  #dropCode(): void {
    this.code.clear();
    this.translations?.clear();
    this.codePages.clear();
    for (const vcpu of this.vcpus) vcpu.interpreter.mappingChanged();
  }

  #makeTranslations(threshold: number): Translations {
    const { translationMode, translationCache, translationLimits, translationBackend } = this.options;
    const inWorker = translationMode !== 'synchronous' && WorkerBackend.available;
    const translations = new Translations(this.memory, this.code, threshold, {
      backend:
        translationBackend ?? (inWorker ? new WorkerBackend(translationCache) : new SynchronousBackend()),
      ...(translationLimits && { limits: translationLimits }),
      mark: (linear: number) => this.codePages.mark(linear),
      emptyJumpCaches: () => {
        for (const vcpu of this.vcpus) vcpu.emptyJumpCaches();
      },
      dropCode: () => this.#dropCode(),
    });
    this.code.onNewPage = (page) => translations.pageEntered(page);
    return translations;
  }

  /** SEV between the vCPUs, and PSCI: by SMC when guests start in Hyp mode, by HVC otherwise; with Secure state that is the guest's own. */
  #installFirmware(): void {
    const { features } = this.options;
    for (const { exceptions } of this.vcpus) {
      exceptions.sendEvent = () => {
        for (const vcpu of this.vcpus) vcpu.exceptions.setEvent();
      };
    }
    if (features.security) return;
    const host: PsciHost = {
      systemOff: () => this.onPower('off'),
      systemReset: () => this.onPower('reset'),
      cpuOn: (target, entry, contextId) => this.#cpuOn(target, entry, contextId),
      cpuOff: (cpu) => {
        this.vcpus[cpu].poweredOff = true;
        this.vcpus[cpu].interpreter.stop();
      },
      affinityInfo: (target) => {
        const vcpu = this.vcpus[target];
        if (vcpu === undefined) return undefined;
        return vcpu.poweredOff ? Affinity.OFF : Affinity.ON;
      },
    };
    const firmware = new Psci(features.virtualization ? 'smc' : 'hvc', host);
    for (const vcpu of this.vcpus) vcpu.exceptions.firmware = firmware;
  }

  #cpuOn(target: number, entry: number, contextId: number): number {
    const vcpu = this.vcpus[target];
    if (vcpu === undefined) return PsciResult.INVALID_PARAMETERS;
    if (!vcpu.poweredOff) return PsciResult.ALREADY_ON;
    vcpu.reset(entry & ~1, (entry & 1) !== 0);
    vcpu.state.set(CPU.R, contextId);
    vcpu.poweredOff = false;
    return PsciResult.SUCCESS;
  }
}
